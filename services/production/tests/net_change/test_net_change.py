"""A plan that moves with what changes: the same as planning everything anew, bit for bit."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.production.net_change.commands import forget_changes
from services.production.plan_process.commands import PLANNER, RUNS_KEPT
from services.production.tests.conftest import Hear, Make
from services.production.tests.device import ASSY, MASTERS, SCREW, TUBE, bom, item, stock
from services.production.tests.net_change.events import ITEMS, World, happen
from services.production.tests.plan_runs.test_endurance import COPY, KEEP, pruned, write
from services.production.tests.plan_runs.test_runs import Run, ask, run
from shared.contracts.masterdata.events import BomPublished, BomSubstitute
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

__all__ = ["run"]


@pytest.mark.req("C2")
@pytest.mark.parametrize("seed", range(6))
async def test_net_change_gives_what_regeneration_gives(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient, seed: int
) -> None:
    await hear(*(stock(one, "30") for one in ITEMS))
    today = date.fromisoformat((await run())["today"])
    await by_chance(run, World(make_demand, hear, planner, today), Random(seed))


BOLT, HOSE = UUID(int=0x15), UUID(int=0x16)


@pytest.mark.req("C2")
@pytest.mark.parametrize("seed", range(4))
async def test_with_substitutes_too(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient, seed: int
) -> None:
    """Bolts, tubes and hoses stand in for screws, hoses for tubes too; of hoses there are many."""
    screws = (BomSubstitute(component_id=BOLT), BomSubstitute(component_id=HOSE, priority=3),
              BomSubstitute(component_id=TUBE, quantity=Decimal("0.7"), priority=2))  # fmt: skip
    hoses = (BomSubstitute(component_id=HOSE, quantity=Decimal(2)),)
    masters = [item(BOLT, "BOLT", "purchased"), item(HOSE, "HOSE", "purchased", lead_time_days=3)]
    for one in MASTERS:
        if isinstance(one, BomPublished):
            lines = [
                line.model_copy(update={"substitutes": {SCREW: screws, TUBE: hoses}.get(
                    line.component_id, ())})
                for line in one.lines
            ]  # fmt: skip
            await hear(one.model_copy(update={"version": 2, "lines": tuple(lines)}))
    await hear(*masters, *(stock(one, "30") for one in (*ITEMS, BOLT)), stock(HOSE, "5000"))
    await make_demand(plan=False, quantity=90)
    today = date.fromisoformat((await run())["today"])
    items, bought = (*ITEMS, BOLT), (SCREW, TUBE, BOLT, HOSE)
    world = World(make_demand, hear, planner, today, items, bought)
    moved = await by_chance(run, world, Random(seed))
    said = await ask(planner, moved, "messages", kind="substitute")
    assert said["items"], "something stands in at the end"


async def by_chance(run: Run, world: World, chance: Random) -> dict[str, Any]:
    """Let things happen, move the plan, thrice; it is afterwards as if planned anew."""
    number, moved = 0, dict[str, Any]()
    for _ in range(3):
        for _ in range(chance.randint(1, 6)):
            await happen(world, chance, number)
            number += 1
        moved = await run(net_change=True)
        assert (moved["state"], moved["mode"], moved["reason"]) == ("done", "net_change", None)
    again = await run()
    assert (again["mode"], again["moved_items"]) == ("regeneration", None)
    assert again["input_hash"] == moved["input_hash"]
    assert again["plan_hash"] == moved["plan_hash"]
    assert again["counts"] == moved["counts"]
    views = [f"{view}/{one}" for view in ("items", "pegging") for one in world.items]
    for path in ("messages", *views):
        assert await ask(world.planner, again, path) == await ask(world.planner, moved, path), path
    return moved


@pytest.mark.req("C2")
async def test_published_firmed_and_released_orders_move_the_plan(
    run: Run, make_demand: Make, planner: httpx.AsyncClient
) -> None:
    await make_demand(plan=False, quantity=5)
    first = await run()
    publish = f"/planning/runs/{first['id']}/actions/publish"
    assert (await planner.post(publish, json={"days": 60})).json()["added"] > 0
    still = await run(net_change=True)
    assert (still["plan_hash"], still["replanned_items"]) == (first["plan_hash"], 0)
    listed = (await planner.get("/planned-orders", params={"state": "planned"})).json()["items"]
    assy = next(one for one in listed if one["item_id"] == str(ASSY))
    firm = {"version": assy["version"], "firm": True}
    assert (await planner.patch(f"/planned-orders/{assy['id']}", json=firm)).status_code == 200
    moved = await run(net_change=True)
    again = await run()
    assert moved["mode"] == "net_change"
    assert (moved["input_hash"], moved["plan_hash"]) == (again["input_hash"], again["plan_hash"])
    wish = {"ids": sorted(one["id"] for one in listed if one["item_id"] == str(SCREW))}
    await planner.post("/planned-orders/actions/release", json=wish)
    moved, again = await run(net_change=True), await run()
    assert moved["mode"] == "net_change"
    assert moved["plan_hash"] == again["plan_hash"]


@pytest.mark.req("C2")
async def test_the_run_says_what_moved_and_is_whole(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    await make_demand(plan=False, quantity=5)
    first = await run()
    await hear(stock(TUBE, "1"))
    moved = await run(net_change=True)
    assert (moved["before_id"], moved["moved_items"]) == (first["id"], 1)
    shown = await ask(planner, first, f"differences/{moved['id']}")
    assert [one["item_id"] for one in shown["items"]] == [str(TUBE)]
    await make_demand(plan=False, quantity=1)
    second = await run(net_change=True)
    assert (second["before_id"], second["moved_items"]) == (moved["id"], 4)
    shown = await ask(planner, moved, f"differences/{second['id']}")
    assert {one["item_id"] for one in shown["items"]} == {str(one) for one in ITEMS}
    publish = f"/planning/runs/{second['id']}/actions/publish"
    assert (await planner.post(publish, json={"days": 60})).json()["added"] > 0


@pytest.mark.req("C2")
async def test_what_cannot_be_moved_is_regenerated_and_says_why(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient,
    production: ServiceUnderTest,
) -> None:  # fmt: skip
    await make_demand(plan=False, quantity=5)

    async def why(**wish: Any) -> str:
        done = await run(net_change=True, **wish)
        assert (done["state"], done["mode"]) == ("done", "regeneration"), done
        assert done["reason_zh"], done
        return str(done["reason"])

    assert await why(), "the process keeps no plan, or one that the database does not"
    assert "days to plan" in await why(days=60)
    assert "what-if" in await why(days=60, what_if=True)
    await hear(bom(ASSY, (SCREW, "6", "0"), version=2))
    assert "Structures" in await why(days=60)
    await hear(item(new_id(), "NEW", "purchased"))
    assert "new items" in await why(days=60)
    await hear(item(TUBE, "TUBE", "purchased", version=9, decimals=1))
    assert "decimals" in await why(days=60)
    path = f"/planning/policies/{ASSY}"
    await planner.put(path, json={"version": 0, "phantom": True})
    assert "phantom" in await why(days=60)
    async with production.engine.begin() as connection:
        await connection.execute(text("UPDATE plan_run SET plan_hash = 'another'"))
    assert "no longer kept" in await why(days=60)
    assert (await run(net_change=True, days=60))["mode"] == "net_change"
    PLANNER.stop()
    assert "keeps no plan" in await why(days=60)


async def test_notes_of_changes_are_given_up_after_days(
    run: Run, hear: Hear, production: ServiceUnderTest
) -> None:
    await hear(stock(TUBE, "1"))
    async with production.engine.begin() as connection:
        await connection.execute(
            text("UPDATE plan_change SET noted_at = now() - interval '4 days'")
        )
    await hear(stock(TUBE, "2", 2))
    async with production.session("service:production") as session:
        await forget_changes(session, production.app.state.clock)
    async with production.engine.connect() as connection:
        left = await connection.execute(text("SELECT count(*) FROM plan_change"))
        assert left.scalar_one() == 1


async def test_a_whole_run_is_kept_as_long_as_one_that_differs_from_it(
    run: Run, hear: Hear, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    first = await run()
    await hear(stock(TUBE, "7"))
    moved = await run(net_change=True)
    aged = "UPDATE plan_run SET started_at = started_at - interval '2 hours' WHERE id = :id"
    await write(production, aged, id=first["id"])
    between = (production.app.state.clock.now() - timedelta(hours=1)).isoformat()
    for _ in range(RUNS_KEPT):
        fresh = new_id()
        changes = f'{{"id": "{fresh}", "state": "done", "started_at": "{between}"}}'
        await write(production, COPY, id=first["id"], changes=changes)
        await write(production, KEEP, id=first["id"], fresh=fresh)
    await run()
    page = await pruned(planner, 2)
    states = {one["id"]: one["state"] for one in page["items"]}
    assert (states[first["id"]], states[moved["id"]]) == ("done", "done")
    assert sum(state == "archived" for state in states.values()) == 2
    assert (await ask(planner, moved, f"items/{TUBE}"))["projected_on_hand"][0] == "7"
    aged = "UPDATE plan_run SET started_at = started_at - interval '3 hours' WHERE id = :id"
    await write(production, aged, id=moved["id"])
    await run()
    page = await pruned(planner, 4)
    states = {one["id"]: one["state"] for one in page["items"]}
    assert (states[first["id"]], states[moved["id"]]) == ("archived", "archived")
