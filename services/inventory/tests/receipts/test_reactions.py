from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.inventory.tests.conftest import arrival_of
from shared.ids import new_id


@pytest.mark.req("REQ-30", "D6", "F5")
async def test_goods_stand_to_be_inspected_and_are_not_usable(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.arrive(item, "10")
    figures = await warehouse.figures(item)
    assert figures == {"on_hand": 10, "usable": 0, "reserved": 0, "to_inspect": 10}
    [line] = await warehouse.lines(item)
    assert (line["quality"], line["zone_status"], line["maker_lot"]) == (
        "to_inspect",
        "to_inspect",
        "M-1",
    )
    assert await warehouse.told("stock_accepted") == []
    await warehouse.balanced()


async def test_the_same_arrival_twice_comes_in_once(warehouse: Any) -> None:
    item = await warehouse.make_item()
    event = await warehouse.arrive(item, "10")
    await warehouse.hear_arrival(event)
    assert (await warehouse.figures(item))["on_hand"] == 10
    assert len(await warehouse.told("stock_received")) == 1


@pytest.mark.req("REQ-60", "D2", "D6")
async def test_a_decision_splits_the_lot_into_parts_of_the_same_number(warehouse: Any) -> None:
    item = await warehouse.make_item()
    event = await warehouse.arrive(item, "1000", lot="A1")
    decision = await warehouse.decide(event, accepted="850", conceded="50", rejected="100")
    parts = {line["quality"]: line for line in await warehouse.lines(item)}
    assert {q: line["on_hand"] for q, line in parts.items()} == {
        "released": "850",
        "conceded": "50",
        "rejected": "100",
    }
    assert {line["lot_number"] for line in parts.values()} == {"A1"}
    assert parts["rejected"]["zone_status"] == "rejected"
    accepted = await warehouse.told("stock_accepted")
    assert [(e["quantity"], e["conceded"]) for e in accepted] == [("850", False), ("50", True)]
    assert len(await warehouse.told("lot_part_split")) == 2
    assert (await warehouse.figures(item))["usable"] == 900
    async with warehouse.service.session("service:inventory") as session:
        from services.inventory.decisions.commands import hear_decisions

        await hear_decisions(session, [decision])
    assert len(await warehouse.told("stock_accepted")) == 2
    await warehouse.balanced()


async def test_a_wholly_rejected_lot_goes_to_the_rejected_zone_as_the_same_part(
    warehouse: Any,
) -> None:
    item = await warehouse.make_item()
    event = await warehouse.arrive(item, "7")
    [before] = await warehouse.lines(item)
    await warehouse.decide(event, rejected="7")
    [after] = await warehouse.lines(item)
    assert after["part_id"] == before["part_id"]
    assert (after["quality"], after["zone_status"]) == ("rejected", "rejected")
    assert await warehouse.told("stock_accepted") == []
    await warehouse.balanced()


async def test_a_decision_may_come_before_its_arrival(warehouse: Any) -> None:
    item = await warehouse.make_item()
    event = arrival_of(item, "5", "B1", None, warehouse.today)
    await warehouse.decide(event, accepted="5")
    assert await warehouse.lines(item) == []
    await warehouse.hear_arrival(event)
    [line] = await warehouse.lines(item)
    assert line["quality"] == "released"
    assert len(await warehouse.told("stock_accepted")) == 1


async def test_items_without_incoming_inspection_are_accepted_at_once(warehouse: Any) -> None:
    item = await warehouse.make_item(inspect_incoming=False)
    await warehouse.arrive(item, "5")
    assert (await warehouse.figures(item))["usable"] == 5
    [accepted] = await warehouse.told("stock_accepted")
    assert (accepted["quantity"], accepted["conceded"]) == ("5", False)
    tasks = (await warehouse.worker.get("/put-aways")).json()
    assert tasks["counts_by_state"] == {"open": 1}


async def test_a_decision_that_does_not_cover_the_arrival_is_not_carried_out(
    warehouse: Any,
) -> None:
    from services.inventory.decisions.rules import DecisionDiffers

    item = await warehouse.make_item()
    event = await warehouse.arrive(item, "5")
    with pytest.raises(DecisionDiffers):
        await warehouse.decide(event, accepted="6")
    assert (await warehouse.figures(item))["to_inspect"] == 5


async def test_goods_of_a_class_without_a_place_wait_for_one(warehouse: Any) -> None:
    from services.inventory.places.rules import PlaceMissing

    item = await warehouse.make_item(storage_class="cold")
    with pytest.raises(PlaceMissing):
        await warehouse.arrive(item, "5")


async def test_an_unknown_item_waits_for_its_master(warehouse: Any) -> None:
    from services.inventory.copies.rules import ItemNotKnown

    item = (await warehouse.make_item()).model_copy(update={"id": new_id()})
    with pytest.raises(ItemNotKnown):
        await warehouse.arrive(item, "5")


async def test_an_older_item_never_replaces_a_newer_one(warehouse: Any) -> None:
    item = await warehouse.make_item(version=3, name="new")
    await warehouse.make_item(id=item.id, version=2, name="old", code=item.code)
    await warehouse.arrive(item, "1")
    [line] = await warehouse.lines(item)
    assert line["item_name"] == "new"


@pytest.mark.req("F2", "REQ-34")
async def test_put_away_suggests_a_bin_and_refuses_the_wrong_class(warehouse: Any) -> None:
    item = await warehouse.make_item()
    part = await warehouse.stock(item, "4")
    [task] = (await warehouse.worker.get("/put-aways", params={"state": "open"})).json()["items"]
    assert task["allowed_actions"] == ["confirm"]
    place = f"/put-aways/{task['id']}/actions/confirm"
    [rejected] = await warehouse.bins("rejected")
    answer = await warehouse.worker.post(
        place, json={"version": 1, "bin_id": rejected["id"], "reason": "try"}
    )
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/bin-unsuited"
    other = next(b for b in await warehouse.bins("released") if b["id"] != task["suggested_bin_id"])
    answer = await warehouse.worker.post(place, json={"version": 1, "bin_id": other["id"]})
    assert answer.json()["type"] == "/problems/other-bin-needs-reason"
    answer = await warehouse.worker.post(place, json={"version": 1})
    assert answer.status_code == 200, answer.text
    [line] = await warehouse.lines(item)
    assert (line["part_id"], line["bin_id"]) == (part, task["suggested_bin_id"])
    again = await warehouse.worker.post(place, json={"version": 2})
    assert again.json()["type"] == "/problems/action-not-allowed"
    await warehouse.balanced()


async def test_put_aways_in_one_call(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "4")
    await warehouse.stock(item, "5")
    tasks = (await warehouse.worker.get("/put-aways", params={"state": "open"})).json()["items"]
    rows = [{"id": task["id"], "version": task["version"]} for task in tasks]
    answer = await warehouse.worker.post("/put-aways/actions/confirm", json={"items": rows})
    assert [row["state"] for row in answer.json()["items"]] == ["done", "done"]
    assert {line["zone_status"] for line in await warehouse.lines(item)} == {"released"}
    await warehouse.balanced()


def completion(item: Any, **changes: Any) -> Any:
    return {
        "order_number": "MO-1",
        "item_id": str(item.id),
        "lot_number": "P1",
        "quantity": "3",
    } | changes


async def test_made_goods_come_in_one_part_per_serial(warehouse: Any) -> None:
    item = await warehouse.make_item(kind="finished", tracking="serial")
    order = new_id()
    body = completion(item, serials=["S1", "S2", "S3"], conceded="1")
    for _ in range(2):
        answer = await warehouse.production.put(f"/production-receipts/{order}", json=body)
        assert answer.status_code == 200, answer.text
    stock = {line["serial"]: line["quality"] for line in await warehouse.lines(item)}
    assert stock == {"S1": "released", "S2": "released", "S3": "conceded"}
    assert len(await warehouse.told("stock_received")) == 3
    [told] = await warehouse.told("completion_received")
    assert UUID(told["saga_id"]) == order
    other = await warehouse.production.put(
        f"/production-receipts/{order}", json=completion(item, serials=["S1", "S2", "S4"])
    )
    assert other.json()["type"] == "/problems/receipt-differs"
    wrong = await warehouse.production.put(
        f"/production-receipts/{new_id()}", json=completion(item, serials=["S9"])
    )
    assert wrong.json()["type"] == "/problems/serials-do-not-fit"
    lots = (await warehouse.worker.get("/lots", params={"serial": "S2"})).json()
    assert [part["serial"] for lot in lots for part in lot["parts"]] == ["S2"]


async def test_made_goods_of_a_lot_are_split_by_quality(warehouse: Any) -> None:
    item = await warehouse.make_item(kind="manufactured")
    answer = await warehouse.production.put(
        f"/production-receipts/{new_id()}", json=completion(item, conceded="1")
    )
    assert len(answer.json()["part_ids"]) == 2
    assert (await warehouse.figures(item))["usable"] == Decimal(3)
    too_much = await warehouse.production.put(
        f"/production-receipts/{new_id()}", json=completion(item, conceded="4")
    )
    assert too_much.json()["type"] == "/problems/conceded-too-much"


async def test_an_arrival_takes_few_statements_however_many_lines(warehouse: Any) -> None:
    items = [await warehouse.make_item(inspect_incoming=False) for _ in range(8)]
    events = [arrival_of(item, "2", "", None, warehouse.today) for item in items]
    many = events[0].model_copy(update={"lines": tuple(e.lines[0] for e in events)})
    single = arrival_of(items[0], "2", "", None, warehouse.today)
    counts: list[Any] = []
    for event in (single, many):
        with warehouse.service.counted() as seen:
            await warehouse.hear_arrival(event)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 13, counts
