from decimal import Decimal
from typing import Any

import pytest

from services.inventory.supplier_returns.commands import open_return
from services.inventory.tests.conftest import ask, problem
from shared.contracts.procurement.events import ReturnOrdered
from shared.ids import new_id


async def ordered(warehouse: Any, item: Any, quantity: Any) -> Any:
    """A sales order that holds stock: its id and its line."""
    order = new_id()
    body: Any = ask(item, quantity, warehouse.today) | {"reserved_for": "sales_order"}
    answer = await warehouse.sales.put(f"/reservations/{order}", json=body)
    assert answer.status_code == 200, answer.text
    return order, body["lines"][0]["line_id"]


def delivery(order: Any, line: Any, item: Any, quantity: Any) -> Any:
    return {
        "number": "DN-1",
        "order_id": str(order),
        "order_number": "SO-1",
        "customer_id": str(new_id()),
        "customer_name": "某医院",
        "lines": [{"line_id": line, "item_id": str(item.id), "quantity": quantity}],
    }


async def act(client: Any, id: Any, verb: Any, version: Any) -> Any:
    return await client.post(f"/shipments/{id}/actions/{verb}", json={"version": version})


@pytest.mark.req("REQ-71", "F5")
async def test_a_shipment_is_picked_checked_by_another_and_dispatched(warehouse: Any) -> None:
    item = await warehouse.make_item()
    part = await warehouse.stock(item, "10", days=90)
    order, line = await ordered(warehouse, item, "6")
    id, body = new_id(), delivery(order, line, item, "4")
    for _ in range(2):
        answer = await warehouse.sales.put(f"/shipments/{id}", json=body)
        assert (answer.status_code, answer.json()["state"]) == (200, "planned"), answer.text
    picked = await act(warehouse.worker, id, "pick", 1)
    assert [(p["part_id"], p["quantity"]) for p in picked.json()["picks"]] == [(part, "4")]
    same = await act(warehouse.worker, id, "check", 2)
    problem(same, 403, "same-hands")
    problem(await act(warehouse.worker, id, "dispatch", 2), 409, "action-not-allowed")
    assert (await act(warehouse.inspector, id, "check", 2)).json()["state"] == "checked"
    problem(await act(warehouse.worker, id, "dispatch", 2), 412, "version-stale")
    sent = await act(warehouse.worker, id, "dispatch", 3)
    assert (sent.status_code, sent.json()["state"]) == (200, "shipped"), sent.text
    [told] = await warehouse.told("shipment_dispatched")
    assert (told["saga_id"], told["picks"][0]["line_id"]) == (str(id), line)
    assert (await warehouse.figures(item)) == {
        "on_hand": 6,
        "usable": 6,
        "reserved": 2,
        "to_inspect": 0,
    }
    problem(await warehouse.sales.delete(f"/shipments/{id}"), 409, "shipment-gone")
    problem(await warehouse.sales.delete(f"/reservations/{order}"), 409, "reservation-taken")
    await send_rest(warehouse, order, line, item)
    shown = (await warehouse.worker.get(f"/reservations/{order}")).json()
    assert shown["state"] == "issued"
    await warehouse.balanced()


async def send_rest(warehouse: Any, order: Any, line: Any, item: Any) -> None:
    """The second delivery, by the list forms."""
    second = new_id()
    await warehouse.sales.put(f"/shipments/{second}", json=delivery(order, line, item, "2"))
    for client, verb, version in (
        (warehouse.worker, "pick", 1),
        (warehouse.inspector, "check", 2),
        (warehouse.worker, "dispatch", 3),
    ):
        answer = await client.post(
            f"/shipments/actions/{verb}", json={"items": [{"id": str(second), "version": version}]}
        )
        assert answer.status_code == 200, answer.text


async def test_a_shipment_of_more_than_is_held_is_not_picked(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "3")
    order, line = await ordered(warehouse, item, "5")
    id = new_id()
    await warehouse.sales.put(f"/shipments/{id}", json=delivery(order, line, item, "5"))
    problem(await act(warehouse.worker, id, "pick", 1), 409, "held-too-little")
    other = await warehouse.sales.put(f"/shipments/{id}", json=delivery(order, line, item, "4"))
    problem(other, 409, "shipment-differs")
    problem(await act(warehouse.worker, new_id(), "pick", 1), 404, "shipment-unknown")


async def test_a_cancelled_shipment_gives_its_picks_to_the_next(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "5")
    order, line = await ordered(warehouse, item, "5")
    first, second = new_id(), new_id()
    for id in (first, second):
        await warehouse.sales.put(f"/shipments/{id}", json=delivery(order, line, item, "5"))
    await act(warehouse.worker, first, "pick", 1)
    problem(await act(warehouse.worker, second, "pick", 1), 409, "held-too-little")
    for _ in range(2):
        assert (await warehouse.sales.delete(f"/shipments/{first}")).status_code == 200
    assert (await act(warehouse.worker, second, "pick", 1)).status_code == 200
    problem(await act(warehouse.worker, first, "pick", 3), 409, "action-not-allowed")
    again = await warehouse.sales.delete(f"/shipments/{new_id()}")
    late = await warehouse.sales.put(
        f"/shipments/{again.json()['id']}", json=delivery(order, line, item, "5")
    )
    problem(late, 409, "shipment-cancelled")


async def test_a_lot_blocked_after_picking_must_be_picked_again(warehouse: Any) -> None:
    item = await warehouse.make_item()
    part = await warehouse.stock(item, "5", days=10)
    other = await warehouse.stock(item, "5", days=20)
    order, line = await ordered(warehouse, item, "5")
    id = new_id()
    await warehouse.sales.put(f"/shipments/{id}", json=delivery(order, line, item, "5"))
    await act(warehouse.worker, id, "pick", 1)
    [stands] = [x for x in await warehouse.lines(item) if x["part_id"] == part]
    body = {"version": stands["version"], "kind": "held", "reason": "complaint"}
    await warehouse.inspector.post(f"/parts/{part}/actions/block", json=body)
    problem(await act(warehouse.inspector, id, "check", 2), 409, "picks-changed")
    picked = await act(warehouse.worker, id, "pick", 2)
    assert [p["part_id"] for p in picked.json()["picks"]] == [other]


async def test_rejected_goods_go_back_first(warehouse: Any) -> None:
    item = await warehouse.make_item()
    event = await warehouse.arrive(item, "10")
    await warehouse.decide(event, accepted="7", rejected="3")
    line = event.lines[0]
    returned = ReturnOrdered.model_validate(
        {
            **event.model_dump(),
            "return_id": new_id(),
            "number": "RT-1",
            "arrival_line_id": line.line_id,
            "order_line_id": line.order_line_id,
            "item_id": item.id,
            "quantity": "4",
            "reason": "scratched",
        }
    )
    for _ in range(2):
        async with warehouse.service.session("service:inventory") as session:
            await open_return(session, returned)
    place = f"/supplier-returns/{returned.return_id}"
    assert (await warehouse.worker.get(place)).json()["allowed_actions"] == ["dispatch"]
    answer = await warehouse.worker.post(f"{place}/actions/dispatch", json={"version": 1})
    assert (answer.status_code, answer.json()["state"]) == (200, "dispatched"), answer.text
    told = await warehouse.told("supplier_return_dispatched")
    assert [(e["quantity"], e["accepted"]) for e in told] == [("3", False), ("1", True)]
    again = await warehouse.worker.post(f"{place}/actions/dispatch", json={"version": 2})
    problem(again, 409, "action-not-allowed")
    assert (await warehouse.figures(item))["on_hand"] == 6
    await warehouse.balanced()
    much = returned.model_copy(update={"return_id": new_id(), "quantity": Decimal(7)})
    async with warehouse.service.session("service:inventory") as session:
        await open_return(session, much)
    answer = await warehouse.worker.post(
        f"/supplier-returns/{much.return_id}/actions/dispatch", json={"version": 1}
    )
    problem(answer, 409, "not-enough-to-return")
