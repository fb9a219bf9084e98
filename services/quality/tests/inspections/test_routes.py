from typing import Any

import pytest

from services.quality.inspections.commands import cancel_lots


@pytest.mark.req("REQ-55", "D1")
async def test_an_arrival_opens_a_lot_for_each_line_that_is_to_be_inspected(
    laboratory: Any,
) -> None:
    judged, exempt = (
        await laboratory.make_item(),
        await laboratory.make_item(inspect_incoming=False),
    )
    event = await laboratory.arrive((judged, "10"), (exempt, "3"))
    [lot] = await laboratory.lots(event.arrival_id)
    assert (lot["state"], lot["stage"], lot["quantity"]) == ("planned", "incoming", "10")
    shown = (await laboratory.decider.get(f"/inspections/{lot['id']}")).json()
    assert {one["code"] for one in shown["characteristics"]} == {"COUNT", "VISUAL"}
    assert lot["number"].startswith("QC-")
    assert await laboratory.told("source_inspected") == []
    assert len(await laboratory.told("inspection_opened")) == 1


async def test_the_same_arrival_twice_opens_once(laboratory: Any) -> None:
    from services.quality.inspections.reactions import on_goods_arrived

    item = await laboratory.make_item()
    event = await laboratory.arrive((item, "10"))
    await laboratory.hear(on_goods_arrived, event)
    assert len(await laboratory.lots(event.arrival_id)) == 1


async def test_an_arrival_without_anything_to_inspect_is_told_as_inspected(laboratory: Any) -> None:
    item = await laboratory.make_item(inspect_incoming=False)
    event = await laboratory.arrive((item, "3"))
    [told] = await laboratory.told("source_inspected")
    assert told == {
        "saga_id": str(event.arrival_id),
        "stage": "incoming",
        "accepted": "3",
        "conceded": "0",
        "rejected": "0",
    }


@pytest.mark.parametrize("wrong", [{"inspected": "11"}, {"inspected": "2", "defects": "3"}])
async def test_impossible_results_are_refused(laboratory: Any, wrong: Any) -> None:
    item = await laboratory.make_item()
    event = await laboratory.arrive((item, "10"))
    [lot] = await laboratory.lots(event.arrival_id)
    body = {"version": 1, "inspected": "10"} | wrong
    place = f"/inspections/{lot['id']}/actions/record"
    answer = await laboratory.inspector.post(place, json=body)
    assert answer.json()["type"] == "/problems/more-than-the-lot"


async def test_a_lot_is_taken_in_hand_and_recorded(laboratory: Any) -> None:
    item = await laboratory.make_item()
    event = await laboratory.arrive((item, "10"))
    [lot] = await laboratory.lots(event.arrival_id)
    place = f"/inspections/{lot['id']}/actions"
    answer = await laboratory.inspector.post(f"{place}/start", json={"version": 1})
    assert (answer.json()["state"], answer.json()["version"]) == ("in_progress", 2)
    stale = await laboratory.inspector.post(
        f"{place}/record", json={"version": 1, "inspected": "10"}
    )
    assert stale.json()["type"] == "/problems/version-stale"
    lot = await laboratory.look(answer.json(), note="ok")
    assert (lot["state"], lot["note"]) == ("pending_decision", "ok")
    again = await laboratory.inspector.post(f"{place}/start", json={"version": 3})
    assert again.json()["type"] == "/problems/action-not-allowed"
    gone = await laboratory.decider.get(f"/inspections/{event.arrival_id}")
    assert gone.json()["type"] == "/problems/inspection-unknown"


async def test_a_cancelled_order_leaves_no_lot_to_inspect(laboratory: Any) -> None:
    item = await laboratory.make_item(kind="finished")
    event = await laboratory.complete(item, "5")
    async with laboratory.service.session("service:quality") as session:
        await cancel_lots(session, event.order_id)
    [lot] = await laboratory.lots(event.order_id)
    assert (lot["state"], lot["allowed_actions"]) == ("cancelled", [])
