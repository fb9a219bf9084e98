"""Lists of shipments: as many statements for twenty as for two, in all or in part."""

from typing import Any

import pytest

from services.inventory.tests.conftest import Warehouse, ask
from shared.ids import new_id
from tests.support.lists import act_on_list, kinds

Shown = dict[str, Any]


async def planned(warehouse: Warehouse, quantity: str = "5") -> Shown:
    """A shipment of an order that holds its stock."""
    item = await warehouse.make_item()
    await warehouse.stock(item, "10")
    order, id = new_id(), new_id()
    body: Any = ask(item, quantity, warehouse.today) | {"reserved_for": "sales_order"}
    held = await warehouse.sales.put(f"/reservations/{order}", json=body)
    assert held.status_code == 200, held.text
    line = {"line_id": body["lines"][0]["line_id"], "item_id": str(item.id), "quantity": quantity}
    wish = {
        "number": "DN-1",
        "order_id": str(order),
        "order_number": "SO-1",
        "customer_id": str(new_id()),
        "customer_name": "某医院",
        "lines": [line],
    }
    answer = await warehouse.sales.put(f"/shipments/{id}", json=wish)
    assert answer.status_code == 200, answer.text
    return {"id": str(id), "version": 1}


@pytest.mark.req("REQ-71")
@pytest.mark.parametrize("partial", ["", "?partial=1"])
async def test_twenty_shipments_send_no_more_than_two(warehouse: Warehouse, partial: str) -> None:
    counts: list[list[int]] = []
    for size in (2, 20):
        rows = [await planned(warehouse) for _ in range(size)]
        sent: list[int] = []
        for verb, who in (
            ("pick", warehouse.worker),
            ("check", warehouse.inspector),
            ("dispatch", warehouse.worker),
        ):
            path = f"/shipments/actions/{verb}{partial}"
            count, rows = await act_on_list(warehouse.service, who, path, rows)
            sent.append(count)
        assert [one["state"] for one in rows] == ["shipped"] * size
        counts.append(sent)
    assert counts[0] == counts[1], counts
    await warehouse.balanced()


async def test_what_is_refused_stays_with_its_shipment(warehouse: Warehouse) -> None:
    good, seen = await planned(warehouse), await planned(warehouse)
    listed = [{"id": str(new_id()), "version": 1}, seen | {"version": 4}, good]
    path = "/shipments/actions/pick?partial=1"
    _, results = await act_on_list(warehouse.service, warehouse.worker, path, listed)
    assert kinds(results) == ["shipment-unknown", "version-stale", "ok"]
