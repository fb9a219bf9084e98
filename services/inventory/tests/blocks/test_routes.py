from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.inventory.blocks.commands import expire_parts
from services.inventory.tests.conftest import ask, problem
from shared.ids import new_id


async def block(warehouse: Any, part: Any, verb: Any, version: Any, kind: str = "held") -> Any:
    body = {"version": version, "kind": kind, "reason": "because"}
    return await warehouse.inspector.post(f"/parts/{part}/actions/{verb}", json=body)


@pytest.mark.req("D6", "REQ-30", "F8")
async def test_a_block_withdraws_what_is_held_and_serves_from_elsewhere(warehouse: Any) -> None:
    item = await warehouse.make_item()
    part = await warehouse.stock(item, "5", days=10)
    id = new_id()
    await warehouse.sales.put(f"/reservations/{id}", json=ask(item, "5", warehouse.today))
    [line] = await warehouse.lines(item)
    answer = await block(warehouse, part, "block", line["version"])
    assert (answer.status_code, answer.json()["withdrawn"]) == (200, "5"), answer.text
    assert (await warehouse.worker.get(f"/reservations/{id}")).json()["state"] == "waiting"
    figures = await warehouse.figures(item)
    assert (figures["usable"], figures["reserved"]) == (0, 0)
    problem(await block(warehouse, part, "block", answer.json()["version"]), 409, "blocked-already")
    problem(await block(warehouse, part, "unblock", 1), 412, "version-stale")
    answer = await block(warehouse, part, "unblock", answer.json()["version"])
    assert answer.json()["blocks"] == []
    assert (await warehouse.worker.get(f"/reservations/{id}")).json()["state"] == "held"
    problem(await block(warehouse, part, "unblock", answer.json()["version"]), 409, "not-blocked")
    problem(await block(warehouse, new_id(), "block", 1), 404, "part-unknown")
    assert [e["blocks"] for e in await warehouse.told("part_quality_changed")][-2:] == [
        ["held"],
        [],
    ]
    await warehouse.balanced()


@pytest.mark.req("REQ-31", "F9")
async def test_the_day_after_its_last_day_a_lot_is_locked_also_when_held(warehouse: Any) -> None:
    item = await warehouse.make_item()
    await warehouse.stock(item, "5", days=1)
    id = new_id()
    await warehouse.sales.put(f"/reservations/{id}", json=ask(item, "5", warehouse.today))
    clock = warehouse.service.app.state.clock
    tomorrow = replace(clock, offset=clock.offset + timedelta(1))
    later = replace(clock, offset=clock.offset + timedelta(2))
    for at, usable in ((tomorrow, 5), (later, 0)):
        async with warehouse.service.session("service:inventory") as session:
            session.info["clock"] = at
            await expire_parts(session, at)
        assert (await warehouse.figures(item))["usable"] == usable
    assert (await warehouse.worker.get(f"/reservations/{id}")).json()["state"] == "waiting"
    await warehouse.balanced()
