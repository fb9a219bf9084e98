"""Schedules when two ask at once, when one is cancelled, when processes die, when many are old."""

import asyncio
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from services.production.schedule_process.commands import SCHEDULES_KEPT, Watched, carry_out
from services.production.schedules.commands import resume_schedules
from services.production.tests.conftest import Hear, Make
from services.production.tests.schedules.test_routes import (
    AT,
    Schedule,
    Shown,
    adopt,
    centre,
    ended,
    pages,
    schedule,
)
from shared.ids import new_id
from tests.support.services import COMPANY, ServiceUnderTest

__all__ = ["schedule"]


async def asked_at_once(
    production: ServiceUnderTest, planner: httpx.AsyncClient
) -> list[httpx.Response]:
    """Four who ask while somebody else is just starting one: they wait, then see the one before."""
    wish = {"days": 90, "time_limit_seconds": 300}
    async with production.engine.connect() as first:
        held = "SELECT pg_advisory_xact_lock(hashtextextended('schedules.start.' || :us, 0))"
        await first.execute(text(held), {"us": str(COMPANY)})
        asked = [asyncio.create_task(planner.post(AT, json=wish)) for _ in range(4)]
        done, _ = await asyncio.wait(asked, timeout=0.5)
        assert not done
    return await asyncio.gather(*asked)


async def test_one_schedule_at_a_time_and_a_cancelled_one_stops(
    make_demand: Make, masters: None, planner: httpx.AsyncClient, hear: Hear, schedule: Schedule,
    production: ServiceUnderTest,
) -> None:  # fmt: skip
    await hear(centre(hours_per_day=Decimal("0.2")))
    for quantity in range(5, 17):
        await make_demand(release=True, quantity=quantity, days=6)
    answers = await asked_at_once(production, planner)
    assert sorted(one.status_code for one in answers) == [202, 409, 409, 409]
    started = next(one.json() for one in answers if one.status_code == 202)
    refused = next(one.json() for one in answers if one.status_code == 409)
    assert refused["type"] == "/problems/schedule-under-way"
    assert refused["schedule_id"] == started["id"]
    seen: Shown = {}
    for _ in range(300):
        seen = (await planner.get(f"{AT}/{started['id']}")).json()
        if seen["objective"] is not None:
            break
        await asyncio.sleep(0.1)
    assert seen["state"] == "running"
    assert seen["stage"] in ("exchanging", "solving")
    assert seen["progress"] >= 20
    assert seen["objective"] >= seen["bound"]
    for path in ("operations", "orders"):
        early = (await planner.get(f"{AT}/{started['id']}/{path}")).json()
        assert early["type"] == "/problems/schedule-not-done"
    assert (await adopt(planner, started)).json()["type"] == "/problems/schedule-not-done"
    cancel = f"{AT}/{started['id']}/actions/cancel"
    assert (await planner.post(cancel)).json()["state"] == "cancelled"
    assert (await planner.post(cancel)).json()["state"] == "cancelled"
    after = await schedule(time_limit_seconds=1)
    assert after["state"] == "done", "the process is free again at once"
    assert (await planner.get(f"{AT}/{started['id']}")).json()["state"] == "cancelled"
    over = (await planner.post(f"{AT}/{after['id']}/actions/cancel")).json()
    assert over["type"] == "/problems/schedule-over"


def test_a_search_that_nobody_wants_any_more_is_stopped(production: ServiceUnderTest) -> None:
    """No such schedule runs: whoever watches it sees so, and stops the solver within a second."""
    stopped = threading.Event()
    url = production.app.state.settings.database_url
    with Watched(url, new_id(), 300) as watched:
        assert 299 < watched.left() <= 300
        watched.begun(stopped.set)
        assert stopped.wait(5)
        assert watched.left() == 0
        again = threading.Event()
        watched.begun(again.set)
        assert again.is_set(), "what begins too late is stopped at once"


async def test_a_schedule_whose_process_died_comes_to_an_end(
    schedule: Schedule, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    done = await schedule()
    states: dict[str, str] = {}
    for state in ("queued", "running"):
        at = production.app.state.clock.now() - timedelta(minutes=1)
        fresh = str(new_id())
        await write(production, done["id"], id=fresh, state=state, started_at=at.isoformat())
        states[state] = fresh
    url = production.app.state.settings.database_url
    holding = "SELECT pg_advisory_lock(hashtextextended('plan_schedule.' || :id, 0))"
    async with production.engine.connect() as holder:
        await holder.execute(text(holding), {"id": states["running"]})
        carry_out(url, UUID(states["running"]))
        assert (await planner.get(f"{AT}/{states['running']}")).json()["state"] == "running"
        await holder.invalidate()
    async with production.session("service:production") as session:
        await resume_schedules(session, production.app.state.clock)
    assert (await ended(planner, states["queued"]))["state"] == "done"
    failed = await ended(planner, states["running"])
    assert failed["state"] == "failed"
    assert "Start another" in failed["fault"]["lifted_by"]


async def write(production: ServiceUnderTest, like: str, **changes: Any) -> None:
    """A schedule like another, but for what is given."""
    pairs = ", ".join(f'"{name}": "{value}"' for name, value in changes.items())
    copy = """
    INSERT INTO plan_schedule
    SELECT (jsonb_populate_record(r, CAST(:changes AS jsonb))).* FROM plan_schedule r WHERE id = :id
    """
    async with production.engine.begin() as connection:
        await connection.execute(text(copy), {"id": like, "changes": f"{{{pairs}}}"})


async def test_old_schedules_give_up_their_places_but_not_their_log(
    schedule: Schedule, make_order: Make, planner: httpx.AsyncClient, hear: Hear,
    production: ServiceUnderTest,
) -> None:  # fmt: skip
    await hear(centre())
    await make_order("released")
    adopted, first = await schedule(orders="released"), await schedule(orders="released")
    await adopt(planner, adopted)
    long_ago = production.app.state.clock.now() - timedelta(days=9)
    async with production.engine.begin() as connection:
        earlier = "UPDATE plan_schedule SET started_at = :at WHERE id = :id"
        for one in (adopted, first):
            await connection.execute(text(earlier), {"at": long_ago, "id": one["id"]})
    for _ in range(SCHEDULES_KEPT - 1):
        await write(production, first["id"], id=str(new_id()), state="done",
                    started_at=production.app.state.clock.now().isoformat())  # fmt: skip
    await schedule(orders="released")
    gone = (await planner.get(f"{AT}/{first['id']}/operations")).json()
    assert gone["type"] == "/problems/schedule-not-done"
    log = (await planner.get(f"{AT}/{first['id']}")).json()
    assert (log["state"], log["schedule_hash"]) == ("archived", first["schedule_hash"])
    assert len((await pages(planner, adopted, "operations"))["items"]) == 2
    listed = (await planner.get(AT, params={"state": "archived"})).json()
    assert (listed["total"], listed["counts_by_state"]["archived"]) == (1, 1)
