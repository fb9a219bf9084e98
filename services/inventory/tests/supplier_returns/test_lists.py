"""Lists of returns and put-aways: as many statements for twenty as for two."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from services.inventory.supplier_returns.commands import open_return
from services.inventory.tests.conftest import Warehouse
from shared.contracts.masterdata.events import ItemPublished
from shared.contracts.procurement.events import GoodsArrived, ReturnOrdered
from shared.ids import new_id
from tests.support.lists import act_on_list, kinds

Shown = dict[str, Any]
DISPATCH = "/supplier-returns/actions/dispatch"


async def arrived(warehouse: Warehouse) -> tuple[ItemPublished, GoodsArrived]:
    item = await warehouse.make_item()
    event: GoodsArrived = await warehouse.arrive(item, "10")
    await warehouse.decide(event, accepted="7", rejected="3")
    return item, event


async def ordered(warehouse: Warehouse, event: GoodsArrived, quantity: str) -> Shown:
    """A return of so much of the arrival, as procurement orders it."""
    line = event.lines[0]
    returned = ReturnOrdered.model_validate(
        {
            **event.model_dump(),
            "return_id": new_id(),
            "number": "RT-1",
            "arrival_line_id": line.line_id,
            "order_line_id": line.order_line_id,
            "item_id": line.item_id,
            "quantity": quantity,
            "reason": "scratched",
        }
    )
    async with warehouse.service.session("service:inventory") as session:
        await open_return(session, returned)
    return {"id": str(returned.return_id), "version": 1}


@pytest.mark.parametrize("partial", ["", "?partial=1"])
async def test_twenty_returns_send_no_more_than_two(warehouse: Warehouse, partial: str) -> None:
    counts: list[int] = []
    for size in (2, 20):
        events = [(await arrived(warehouse))[1] for _ in range(size)]
        rows = [await ordered(warehouse, event, "4") for event in events]
        count, done = await act_on_list(
            warehouse.service, warehouse.worker, DISPATCH + partial, rows
        )
        assert [(one["state"], one["version"]) for one in done] == [("dispatched", 2)] * size
        counts.append(count)
    assert counts[0] == counts[1] <= 9, counts
    await warehouse.balanced()


async def test_returns_of_one_arrival_take_one_after_the_other(warehouse: Warehouse) -> None:
    item, event = await arrived(warehouse)
    rows = [await ordered(warehouse, event, quantity) for quantity in ("4", "5", "3")]
    unknown = {"id": str(new_id()), "version": 1}
    refused = await warehouse.worker.post(DISPATCH, json={"items": rows})
    assert refused.json()["type"] == "/problems/not-enough-to-return"
    assert refused.json()["document_id"] == rows[2]["id"]
    assert (await warehouse.figures(item))["on_hand"] == 10

    listed = [unknown, *rows]
    _, results = await act_on_list(
        warehouse.service, warehouse.worker, f"{DISPATCH}?partial=1", listed
    )
    assert kinds(results) == ["supplier-return-unknown", "ok", "ok", "not-enough-to-return"]
    assert results[3]["problem"]["missing"] == "2"
    assert (await warehouse.figures(item))["on_hand"] == Decimal(1)
    told = await warehouse.told("supplier_return_dispatched")
    assert [(e["quantity"], e["accepted"]) for e in told] == [
        ("3", False), ("1", True), ("5", True),
    ]  # fmt: skip
    await warehouse.balanced()
    _, again = await act_on_list(warehouse.service, warehouse.worker, f"{DISPATCH}?partial=1", rows)
    assert kinds(again) == ["version-stale", "version-stale", "not-enough-to-return"]


async def test_twenty_put_aways_in_part_send_no_more_than_two(warehouse: Warehouse) -> None:
    counts: list[int] = []
    path = "/put-aways/actions/confirm?partial=1"
    for size in (2, 20):
        for _ in range(size):
            await warehouse.stock(await warehouse.make_item())
        asked = {"state": "open", "size": "100"}
        tasks = (await warehouse.worker.get("/put-aways", params=asked)).json()["items"]
        unknown = {"id": str(new_id()), "version": 1}
        listed = [*tasks, unknown]
        count, done = await act_on_list(warehouse.service, warehouse.worker, path, listed)
        assert kinds(done) == [*["ok"] * size, "put-away-unknown"]
        counts.append(count)
    assert counts[0] == counts[1], counts
    await warehouse.balanced()


async def test_two_lists_at_once_send_each_return_once(warehouse: Warehouse) -> None:
    item, event = await arrived(warehouse)
    rows = [await ordered(warehouse, event, quantity) for quantity in ("4", "5")]
    path = f"{DISPATCH}?partial=1"
    lists = [{"items": rows}, {"items": rows[::-1]}]
    answers = await asyncio.gather(*(warehouse.worker.post(path, json=one) for one in lists))
    results = [one for answer in answers for one in answer.json()["items"]]
    assert sorted(kinds(results)) == ["ok", "ok", "version-stale", "version-stale"]
    assert (await warehouse.figures(item))["on_hand"] == Decimal(1)
    assert len(await warehouse.told("supplier_return_dispatched")) == 3
    await warehouse.balanced()
