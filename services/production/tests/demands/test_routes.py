"""Demands as sales raises and gives them up."""

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.production.tests.conftest import Hear, Make
from services.production.tests.device import demand_body
from shared.contracts.inventory.events import StockReserved
from shared.contracts.production.events import DemandCancelled
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

pytestmark = pytest.mark.usefixtures("masters")


async def test_the_same_put_again_is_the_same_demand(sales: httpx.AsyncClient) -> None:
    path, body = f"/demands/{new_id()}", demand_body()
    first, again = await sales.put(path, json=body), await sales.put(path, json=body)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    body["lines"][0]["quantity"] = "6"
    other = await sales.put(path, json=body)
    assert other.status_code == 409
    assert other.json()["type"] == "/problems/demand-differs"


async def test_two_puts_at_once_are_one_demand(sales: httpx.AsyncClient) -> None:
    path, body = f"/demands/{new_id()}", demand_body()
    answers = await asyncio.gather(*(sales.put(path, json=body) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4


async def test_an_unknown_item_waits_for_its_master(sales: httpx.AsyncClient) -> None:
    refused = await sales.put(f"/demands/{new_id()}", json=demand_body(item_id=UUID(int=0x77)))
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/item-not-known"


async def test_a_delete_before_the_put_stands(sales: httpx.AsyncClient) -> None:
    path = f"/demands/{new_id()}"
    for _ in range(2):
        gone = await sales.delete(path)
        assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    late = await sales.put(path, json=demand_body())
    assert late.status_code == 409
    assert late.json()["type"] == "/problems/demand-given-up"


async def test_giving_up_ends_the_plan_and_the_unstarted_orders(
    production: ServiceUnderTest,
    sales: httpx.AsyncClient,
    planner: httpx.AsyncClient,
    make_order: Make,
) -> None:
    order = await make_order("released")
    gone = await sales.delete(f"/demands/{order['demand_id']}")
    assert gone.json()["state"] == "cancelled"
    page = (await planner.get("/orders")).json()
    assert page["counts_by_state"] == {"cancelled": 2}
    question = text("SELECT phase, step FROM saga")
    told = text("SELECT count(*) FROM outbox WHERE subject = :subject")
    async with production.session() as session:
        assert [tuple(row) for row in await session.execute(question)] == [("undoing", 0)]
        given = {"subject": DemandCancelled.subject}
        assert (await session.execute(told, given)).scalar_one() == 1


async def test_giving_up_leaves_started_orders_alone(
    sales: httpx.AsyncClient, planner: httpx.AsyncClient, make_order: Make
) -> None:
    order = await make_order("issued")
    await sales.delete(f"/demands/{order['demand_id']}")
    page = (await planner.get("/orders")).json()
    assert page["counts_by_state"] == {"cancelled": 1, "released": 1}


async def test_a_demand_is_covered_when_its_document_holds_all(
    planner: httpx.AsyncClient, make_demand: Make, hear: Hear
) -> None:
    demand = await make_demand()
    event = StockReserved(saga_id=UUID(demand["id"]), picks=())
    await hear(event, event)
    shown = (await planner.get(f"/demands/{demand['id']}")).json()
    assert (shown["state"], shown["allowed_actions"]) == ("covered", [])
    assert (await planner.get("/planned-orders", params={"state": "planned"})).json()["total"] == 0


async def test_people_without_the_right_are_refused(
    production: ServiceUnderTest, planner: httpx.AsyncClient
) -> None:
    assert (await planner.put(f"/demands/{new_id()}", json=demand_body())).status_code == 403
    stranger = production.as_user("production.demand.read", company_id=UUID(int=7))
    assert (await stranger.get(f"/demands/{new_id()}")).status_code == 404
    assert (await stranger.get("/demands")).json()["total"] == 0
