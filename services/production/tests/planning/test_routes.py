"""Planning and its release over HTTP, on real figures of others."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.production.tests.conftest import Hear, Make
from services.production.tests.device import ASSY, MASTERS, SCREW, TUBE, VENT, bom, item, stock
from shared.contracts.procurement.events import (
    OpenLine,
    OrderIssued,
    OrderLine,
    OrderProgressed,
    RequisitionClosed,
    RequisitionRaised,
)
from shared.contracts.production.events import PlannedPurchasesReleased
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

pytestmark = pytest.mark.usefixtures("masters")


async def planned(planner: httpx.AsyncClient, **query: Any) -> dict[UUID, Decimal]:
    page = (await planner.get("/planned-orders", params={"size": "200", **query})).json()
    return {UUID(one["item_id"]): Decimal(one["quantity"]) for one in page["items"]}


async def test_a_plan_nets_every_level(make_demand: Make, planner: httpx.AsyncClient) -> None:
    demand = await make_demand(quantity=5)
    # ASSY 10; SCREW 15 + 40 = 55, in tens; TUBE 0.5 × 10 / 0.9, in millimetres.
    expected = {VENT: 5, ASSY: 10, SCREW: 60, TUBE: Decimal("5.556")}
    assert await planned(planner, demand_id=demand["id"], state="planned") == expected
    assert demand["state"] == "planned"


async def test_a_plan_over_free_stock_and_open_supply(
    make_demand: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    await hear(stock(ASSY, "12", reserved="4"), stock(SCREW, "10", to_inspect="3"))
    order_id, line_id = new_id(), new_id()
    line = OrderLine(line_id=line_id, item_id=SCREW, quantity=Decimal(9), due_on=date(2026, 1, 1))
    issued = OrderIssued(
        order_id=order_id,
        number="PO-1",
        supplier_id=new_id(),
        issued_on=date(2026, 1, 1),
        lines=(line,),
    )
    still = OpenLine(line_id=line_id, item_id=SCREW, open_quantity=Decimal(2))
    progressed = OrderProgressed(
        order_id=order_id, number="PO-1", state="partially_received", lines=(still,)
    )
    await hear(progressed, sequence=2)
    await hear(issued, sequence=1)  # late: what came after it stands
    demand = await make_demand(quantity=5)
    # ASSY: 8 free, 2 to make. SCREW: 23 needed, 10 + 3 + 2 free, 8 short: the least is 20.
    expected = {VENT: 5, ASSY: 2, SCREW: 20, TUBE: Decimal("1.112")}
    assert await planned(planner, demand_id=demand["id"]) == expected


async def test_a_second_demand_does_not_use_what_the_first_plan_draws(
    make_demand: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    await hear(stock(ASSY, "10"))
    first = await make_demand(quantity=5)
    assert ASSY not in await planned(planner, demand_id=first["id"])
    second = await make_demand(quantity=5)
    assert (await planned(planner, demand_id=second["id"]))[ASSY] == 10


async def test_released_supply_is_pegged_and_its_surplus_is_free(
    make_demand: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    first = await make_demand(quantity=5, release=True)
    second = await make_demand(quantity=2)
    # Of 60 screws 55 are pegged to the first demand; the second needs 6 + 16 = 22, 5 are free.
    plans = await planned(planner, demand_id=second["id"])
    assert plans == {VENT: 2, ASSY: 4, SCREW: 20, TUBE: Decimal("2.223")}
    page = (await planner.get("/planned-orders", params={"demand_id": first["id"]})).json()
    screws = next(one for one in page["items"] if one["item_id"] == str(SCREW))
    raised = RequisitionRaised(
        requisition_id=new_id(),
        number="PR-1",
        item_id=SCREW,
        quantity=Decimal(60),
        needed_on=date(2026, 1, 1),
        planned_order_id=UUID(screws["id"]),
    )
    gone = RequisitionClosed(requisition_id=raised.requisition_id, number="PR-1", state="cancelled")
    await hear(gone, raised)  # the cancelling overtook: nothing will come
    act = {"version": 2}
    assert (await planner.post(f"/demands/{second['id']}/actions/plan", json=act)).is_success
    plans = await planned(planner, demand_id=second["id"], state="planned")
    assert plans[SCREW] == 30


async def test_planning_again_replaces_the_plan(
    make_demand: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    demand = await make_demand(quantity=5)
    await hear(stock(VENT, "4"))
    path = f"/demands/{demand['id']}/actions/plan"
    again = await planner.post(path, json={"version": demand["version"]})
    assert again.status_code == 200
    assert (await planned(planner, demand_id=demand["id"], state="planned"))[VENT] == 1
    page = (await planner.get("/planned-orders", params={"demand_id": demand["id"]})).json()
    assert page["counts_by_state"] == {"planned": 4, "replaced": 4}
    stale = await planner.post(path, json={"version": demand["version"]})
    assert stale.status_code == 412


async def test_a_made_item_without_structure_stops_the_plan(
    make_demand: Make, planner: httpx.AsyncClient, hear: Hear
) -> None:
    other = UUID(int=0x99)
    await hear(
        item(other, "LOOSE", "manufactured"),
        bom(VENT, (other, "1", "0"), id=MASTERS[4].id, version=2),  # type: ignore[attr-defined]
    )
    demand = await make_demand(plan=False)
    refused = await planner.post(f"/demands/{demand['id']}/actions/plan", json={"version": 1})
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/item-has-no-bom"
    assert refused.json()["item"] == "LOOSE"
    assert await planned(planner) == {}


async def test_a_release_tells_the_purchases_and_firms_the_makes(
    production: ServiceUnderTest, make_demand: Make, planner: httpx.AsyncClient
) -> None:
    released = await make_demand(quantity=5, release=True)
    assert released["purchases"] == 2
    assert {UUID(one["item_id"]) for one in released["orders"]} == {VENT, ASSY}
    question = text("SELECT body FROM outbox WHERE subject = :subject")
    async with production.session() as session:
        given = {"subject": PlannedPurchasesReleased.subject}
        body = (await session.execute(question, given)).scalar_one()
    assert {line["item_id"] for line in body["lines"]} == {str(SCREW), str(TUBE)}
    assert all("SO-2026-000001" in line["reason"] for line in body["lines"])
    wish = {"demand_id": str(released["id"])}
    again = await planner.post("/planned-orders/actions/release", json=wish)
    assert again.status_code == 409
    assert again.json()["type"] == "/problems/action-not-allowed"


async def test_some_planned_orders_can_go_before_the_others(
    make_demand: Make, planner: httpx.AsyncClient
) -> None:
    demand = await make_demand(quantity=5)
    page = (await planner.get("/planned-orders", params={"kind": "buy"})).json()
    wish = {"ids": [page["items"][0]["id"]]}
    answer = (await planner.post("/planned-orders/actions/release", json=wish)).json()
    assert (answer["purchases"], answer["orders"]) == (1, [])
    assert (await planner.get(f"/demands/{demand['id']}")).json()["state"] == "planned"
    both = {**wish, "demand_id": demand["id"]}
    assert (await planner.post("/planned-orders/actions/release", json=both)).status_code == 422


async def test_a_plan_takes_few_statements(
    production: ServiceUnderTest, make_demand: Make, planner: httpx.AsyncClient
) -> None:
    demand = await make_demand(plan=False)
    with production.counted() as statements:
        await planner.post(f"/demands/{demand['id']}/actions/plan", json={"version": 1})
    assert len(statements) <= 16, "\n".join(statements)
