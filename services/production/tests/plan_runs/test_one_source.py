"""One need raises one requisition, whichever plan saw it: a run's, a demand's, safety stock's."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.production.planning.commands import release_planned
from services.production.tests.conftest import Hear, Make
from services.production.tests.device import ASSY, PLANNER, SCREW, TUBE, VENT, item, stock
from services.production.tests.plan_runs.test_runs import Run, ask, listed, run
from shared.actor import Actor
from shared.contracts.production.events import PlannedPurchasesReleased
from shared.contracts.production.planned_orders import ReleasePlanned
from tests.support.services import COMPANY, ServiceUnderTest

__all__ = ["run"]


@pytest.mark.req("B1")
async def test_stock_below_its_minimum_is_bought_once_and_says_why(
    run: Run, hear: Hear, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    """25 screws are there, 30 must be: 20, the smallest order. What is on its way counts."""
    terms = {"order_minimum": Decimal(20), "safety_stock": Decimal(30), "version": 2}
    await hear(item(SCREW, "SCREW", "purchased", **terms), stock(SCREW, "25"))
    for released in (1, 0):
        done = await run()
        table = await ask(planner, done, f"items/{SCREW}")
        assert [one["quantity"] for one in table["orders"]] == ["20"] * released
        publish = f"/planning/runs/{done['id']}/actions/publish"
        await planner.post(publish, json={"days": 60})
        orders = await listed(planner)
        assert len(orders) == released
        if orders:
            pegs = (await ask(planner, done, f"pegging/{SCREW}"))["pegs"]
            whys = [(one["supply"]["kind"], one["use"]["kind"], one["quantity"]) for one in pegs]
            assert whys == [("stock", "stock", "25"), ("order", "stock", "20")]
            for purchases in (1, 0):
                wish = {"ids": list(orders)}
                answer = await planner.post("/planned-orders/actions/release", json=wish)
                assert answer.json()["purchases"] == purchases, answer.text
    async with production.session() as session:
        told = text("SELECT body->'lines'->0->>'reason' FROM outbox WHERE subject = :subject")
        asked = {"subject": PlannedPurchasesReleased.subject}
        reasons = list((await session.execute(told, asked)).scalars())
    assert reasons == ["safety stock 安全库存 × 20"]


async def let_go(planner: httpx.AsyncClient, **wish: Any) -> dict[str, Any]:
    answer = await planner.post("/planned-orders/actions/release", json=wish)
    shown: dict[str, Any] = answer.json()
    assert answer.status_code == 200 or shown["type"] == "/problems/planned-before", shown
    return shown


@pytest.mark.req("B1")
@pytest.mark.parametrize("first", ["run", "demand"])
async def test_a_shortage_that_two_plans_saw_is_bought_once(
    run: Run, make_demand: Make, planner: httpx.AsyncClient, first: str
) -> None:
    demand = await make_demand(plan=False, quantity=5)
    done = await run()
    await planner.post(f"/planning/runs/{done['id']}/actions/publish", json={"days": 60})
    path = f"/demands/{demand['id']}/actions/plan"
    assert (await planner.post(path, json={"version": 1})).status_code == 200
    of_run, own = {"ids": sorted(await listed(planner))}, {"demand_id": str(demand["id"])}
    one, other = (of_run, own) if first == "run" else (own, of_run)
    assert (await let_go(planner, **one))["purchases"] > 0
    refused = await let_go(planner, **other)
    assert {str(SCREW), str(TUBE)} <= set(refused["item_ids"]), refused
    if first == "run":
        assert (await planner.post(path, json={"version": 2})).status_code == 200
        again = await let_go(planner, **own)
        assert (again["purchases"], again["orders"]) == (0, [])
    else:
        assert (await run())["counts"]["orders"] == 0


@pytest.mark.req("B1")
async def test_a_demands_plan_goes_by_what_a_run_made_firm(
    run: Run, make_demand: Make, hear: Hear, planner: httpx.AsyncClient
) -> None:
    """Ten assemblies are firm: none is planned again, and the screws they take are not free."""
    await hear(stock(SCREW, "50"), stock(TUBE, "99"))
    demand = await make_demand(plan=False, quantity=5)
    done = await run()
    await planner.post(f"/planning/runs/{done['id']}/actions/publish", json={"days": 60})
    [assy] = [one for one in (await listed(planner)).values() if one["item_id"] == str(ASSY)]
    assert assy["quantity"] == "10"
    path = f"/demands/{demand['id']}/actions/plan"
    sizes = {True: {VENT: "5", SCREW: "20"}, False: {VENT: "5", ASSY: "10", SCREW: "20"}}
    for version, firm in enumerate((True, False), start=1):
        body = {"version": version, "firm": firm}
        answer = await planner.patch(f"/planned-orders/{assy['id']}", json=body)
        assert answer.status_code == 200, answer.text
        assert (await planner.post(path, json={"version": version})).status_code == 200
        query = {"demand_id": str(demand["id"]), "state": "planned"}
        page = (await planner.get("/planned-orders", params=query)).json()["items"]
        own = {UUID(o["item_id"]): o["quantity"] for o in page if o["run_id"] is None}
        assert own == sizes[firm]


@pytest.mark.req("B1")
async def test_two_plans_let_go_at_once_have_one_winner(
    run: Run, make_demand: Make, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    """The demand's plan goes first and has not committed when the run's orders are let go."""
    demand = await make_demand(plan=False, quantity=5)
    done = await run()
    await planner.post(f"/planning/runs/{done['id']}/actions/publish", json={"days": 60})
    await planner.post(f"/demands/{demand['id']}/actions/plan", json={"version": 1})
    of_run = {"ids": sorted(await listed(planner))}
    rights = frozenset({"production.planned_order.release"})
    actor = Actor(f"user:{PLANNER}", "x", COMPANY, rights)
    async with production.session() as session:
        own = ReleasePlanned(demand_id=UUID(str(demand["id"])))
        assert (await release_planned(session, actor, own)).purchases == 2
        other = asyncio.create_task(let_go(planner, **of_run))
        await asyncio.wait([other], timeout=0.5)
    assert (await other)["type"] == "/problems/planned-before"
