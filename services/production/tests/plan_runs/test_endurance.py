"""Plan runs when processes die, when two people ask at once, and when many have ended."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.production.plan_process.commands import RUNS_KEPT, carry_out
from services.production.plan_runs.commands import resume_runs
from services.production.tests.conftest import Make
from services.production.tests.plan_runs.test_runs import Run, run
from shared.ids import new_id
from tests.support.services import COMPANY, ServiceUnderTest

__all__ = ["run"]
COPY = """
INSERT INTO plan_run SELECT (jsonb_populate_record(r, CAST(:changes AS jsonb))).*
FROM plan_run AS r WHERE id = :id
"""
KEEP = """
INSERT INTO plan_store (company_id, run_id, body)
SELECT company_id, :fresh, body FROM plan_store WHERE run_id = :id
"""


async def write(production: ServiceUnderTest, statement: str, **given: Any) -> None:
    async with production.engine.begin() as connection:
        await connection.execute(text(statement), given)


async def left_behind(production: ServiceUnderTest, done: dict[str, Any], state: str) -> UUID:
    """A run as a process that died would leave it, a minute ago."""
    fresh = new_id()
    at = production.app.state.clock.now() - timedelta(minutes=1)
    changes = f'{{"id": "{fresh}", "state": "{state}", "started_at": "{at.isoformat()}"}}'
    await write(production, COPY, id=done["id"], changes=changes)
    return fresh


async def ended(planner: httpx.AsyncClient, id: UUID) -> dict[str, Any]:
    for _ in range(300):
        shown: dict[str, Any] = (await planner.get(f"/planning/runs/{id}")).json()
        if shown["state"] not in ("queued", "running"):
            return shown
        await asyncio.sleep(0.1)
    raise AssertionError("the run does not end")


async def pruned(planner: httpx.AsyncClient, number: int) -> dict[str, Any]:
    """The list of runs once so many are archived: old ones go after the last one has ended."""
    for _ in range(300):
        page: dict[str, Any] = (await planner.get("/planning/runs?size=50")).json()
        if sum(one["state"] == "archived" for one in page["items"]) >= number:
            return page
        await asyncio.sleep(0.1)
    raise AssertionError(f"fewer than {number} runs are archived")


async def resume(production: ServiceUnderTest) -> None:
    async with production.session("service:production") as session:
        await resume_runs(session, production.app.state.clock)


async def test_a_run_whose_process_died_is_ended_by_the_next_look(
    run: Run, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    done = await run()
    queued = await left_behind(production, done, "queued")
    begun = await left_behind(production, done, "running")
    await resume(production)
    planned, failed = await ended(planner, queued), await ended(planner, begun)
    assert (planned["state"], planned["plan_hash"]) == ("done", done["plan_hash"])
    assert failed["state"] == "failed"
    assert "Start another run" in failed["fault"]["lifted_by"]


async def test_a_run_that_is_held_is_left_alone(
    run: Run, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    done = await run()
    begun = await left_behind(production, done, "running")
    holding = "SELECT pg_advisory_lock(hashtextextended('plan_run.' || :id, 0))"
    async with production.engine.connect() as holder:
        await holder.execute(text(holding), {"id": str(begun)})
        await resume(production)
        carry_out(production.app.state.settings.database_url, begun)
        shown = (await planner.get(f"/planning/runs/{begun}")).json()
        assert shown["state"] == "running"
        await holder.invalidate()
    await resume(production)
    assert (await ended(planner, begun))["state"] == "failed"


@pytest.mark.req("C2")
async def test_one_regular_run_at_a_time(
    run: Run, make_demand: Make, planner: httpx.AsyncClient
) -> None:
    await make_demand(plan=False, quantity=5)
    wish = {"days": 90}
    answers = await asyncio.gather(*(planner.post("/planning/runs", json=wish) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    started = next(answer.json() for answer in answers if answer.status_code == 202)
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["type"] == "/problems/plan-run-under-way"
    assert refused["run_id"] == started["id"]
    beside = await planner.post("/planning/runs", json=wish | {"what_if": True})
    assert beside.status_code == 202, beside.text
    assert (await ended(planner, UUID(started["id"])))["state"] == "done"
    assert (await ended(planner, UUID(beside.json()["id"])))["state"] == "done"
    assert (await run())["state"] == "done"


async def test_old_runs_give_up_their_results_but_not_their_log(
    run: Run, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    first = await run()
    await planner.post(f"/planning/runs/{first['id']}/actions/publish", json={"days": 30})
    for age in range(RUNS_KEPT):
        fresh = new_id()
        at = production.app.state.clock.now() + timedelta(seconds=age - 3600 if age else -7200)
        changes = f'{{"id": "{fresh}", "state": "done", "started_at": "{at.isoformat()}"}}'
        await write(production, COPY, id=first["id"], changes=changes)
        await write(production, KEEP, id=first["id"], fresh=fresh)
    newest = await run()
    page = await pruned(planner, 2)
    by_state = (await planner.get("/planning/runs?size=50")).json()["counts_by_state"]
    assert by_state == {"done": RUNS_KEPT - 1, "published": 1, "archived": 2}, by_state
    oldest = next(one for one in page["items"] if one["state"] == "archived")
    assert oldest["plan_hash"] == first["plan_hash"]
    gone = await planner.get(f"/planning/runs/{oldest['id']}/messages")
    assert gone.json()["type"] == "/problems/plan-run-not-done"
    assert (await planner.get(f"/planning/runs/{newest['id']}/messages")).status_code == 200
    async with production.engine.connect() as connection:
        kept = await connection.execute(
            text("SELECT count(*) FROM plan_store WHERE company_id = :us"), {"us": COMPANY}
        )
        assert kept.scalar_one() == RUNS_KEPT
