import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.procurement.tests.conftest import EXPIRING, FAR, ITEM, NEAR, SOURCES, supplier
from shared.contracts.production.events import DemandCancelled
from shared.ids import new_id
from tests.support.services import ServiceUnderTest

Hear = Callable[..., Awaitable[None]]

DEMAND = UUID(int=0xD1)


async def requisitions(buyer: Any, **query: Any) -> Any:
    return (await buyer.get("/requisitions", params=query)).json()["items"]


@pytest.mark.req("B1", "B4")
async def test_planned_purchases_become_one_draft_per_best_source(
    world: None, plan: Callable[..., Awaitable[None]], buyer: httpx.AsyncClient
) -> None:
    await plan(DEMAND, (ITEM, 7), (ITEM, 4), (EXPIRING, 3))
    rows = await requisitions(buyer, sort="number")
    assert [(row["state"], row["origin"], row["reason"]) for row in rows] == [
        ("approved", "planned", "SO-1 needs it")
    ] * 3
    answer = await buyer.post("/requisitions/actions/convert", json={"all_open": True})
    (order,) = answer.json()["orders"]
    assert (order["supplier_id"], order["lines"]) == (str(NEAR), 2)
    lines = (await buyer.get(f"/orders/{order['id']}")).json()["lines"]
    assert [(line["quantity"], line["price"]) for line in lines] == [("15", "100"), ("10", "5")]
    assert sorted(lines[0]["requisition_ids"]) == sorted(row["id"] for row in rows[:2])
    assert {row["state"] for row in await requisitions(buyer)} == {"ordered"}
    again = (await buyer.post("/requisitions/actions/convert", json={"all_open": True})).json()
    assert again == {"orders": [], "unsourced": []}


@pytest.mark.req("B3")
async def test_sources_are_proposed_with_reasons_and_a_person_may_override(
    world: None, plan: Callable[..., Awaitable[None]], buyer: httpx.AsyncClient
) -> None:
    await plan(DEMAND, (ITEM, 10))
    (row,) = await requisitions(buyer)
    near, far = (await buyer.get(f"/requisitions/{row['id']}/sources")).json()
    assert (near["supplier_id"], far["supplier_id"]) == (str(NEAR), str(FAR))
    assert all(reason["zh"] and reason["en"] for reason in near["reasons"])
    chosen = {
        "requisition_id": row["id"], "source_id": str(SOURCES[ITEM, FAR]), "quantity": "4",
        "reason": "second source on trial",
    }  # fmt: skip
    wish = {"ids": [row["id"]], "overrides": [chosen]}
    (order,) = (await buyer.post("/requisitions/actions/convert", json=wish)).json()["orders"]
    assert (order["supplier_id"], order["currency"]) == (str(FAR), "USD")
    (row,) = await requisitions(buyer)
    assert (row["state"], row["ordered"], row["open_quantity"]) == ("partially_ordered", "4", "6")
    too_much = await buyer.post(
        "/requisitions/actions/convert",
        json={"ids": [row["id"]], "overrides": [chosen | {"quantity": "7"}]},
    )
    assert too_much.json()["type"] == "/problems/more-than-open"


@pytest.mark.req("B4")
async def test_what_cannot_be_sourced_is_listed_and_stays_open(
    world: None, plan: Callable[..., Awaitable[None]], buyer: httpx.AsyncClient, hear: Hear
) -> None:
    await hear(supplier(NEAR, version=2, locked=True))
    await plan(DEMAND, (EXPIRING, 3))
    done = (await buyer.post("/requisitions/actions/convert", json={"all_open": True})).json()
    assert done["orders"] == []
    assert [reason["code"] for reason in done["unsourced"][0]["reasons"]] == ["locked"]
    assert (await requisitions(buyer))[0]["state"] == "approved"


@pytest.mark.req("B1")
@pytest.mark.parametrize("cancelled_first", [False, True])
async def test_a_cancelled_demand_takes_its_requisitions_along_in_any_order(
    world: None,
    plan: Callable[..., Awaitable[None]],
    buyer: httpx.AsyncClient,
    hear: Hear,
    cancelled_first: Any,
) -> None:
    gone = DemandCancelled(demand_id=DEMAND, number="D-1")
    if cancelled_first:
        await hear(gone)
    await plan(DEMAND, (ITEM, 7))
    await hear(gone, gone)
    assert [row["state"] for row in await requisitions(buyer)] == ["cancelled"]


async def test_the_same_release_heard_twice_raises_once(
    world: None, buyer: httpx.AsyncClient, hear: Hear, procurement: ServiceUnderTest
) -> None:
    from datetime import date
    from decimal import Decimal

    from shared.contracts.production.events import (
        PlannedPurchase,
        PlannedPurchasesReleased,
    )

    line = PlannedPurchase(
        planned_order_id=new_id(), item_id=ITEM, quantity=Decimal(1), needed_on=date(2030, 1, 1),
        demand_id=DEMAND, reason="x",
    )  # fmt: skip
    event = PlannedPurchasesReleased(release_id=new_id(), demand_id=DEMAND, lines=(line,))
    await hear(event, event)
    assert len(await requisitions(buyer)) == 1


@pytest.mark.req("B2", "REQ-88")
async def test_a_need_by_hand_is_approved_by_another(
    world: None, buyer: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    wish = {
        "item_id": str(ITEM), "quantity": "3", "needed_on": "2030-01-01", "reason": "for the lab",
    }  # fmt: skip
    row = (await buyer.post("/requisitions", json=wish)).json()
    url = f"/requisitions/{row['id']}"
    early = await buyer.post("/requisitions/actions/convert", json={"ids": [row["id"]]})
    assert early.json()["type"] == "/problems/requisition-not-open"
    row = (await buyer.post(f"{url}/actions/submit", json={"version": 1})).json()
    assert (await buyer.post(f"{url}/actions/approve", json={"version": 2})).status_code == 403
    assert (await manager.post(f"{url}/actions/approve", json={"version": 1})).status_code == 412
    row = (await manager.post(f"{url}/actions/approve", json={"version": 2})).json()
    assert (row["state"], row["version"]) == ("approved", 3)
    no_reason = await buyer.post(f"{url}/actions/cancel", json={"version": 3})
    assert no_reason.json()["type"] == "/problems/note-missing"


@pytest.mark.req("B4")
async def test_a_requisition_is_converted_once_however_many_ask(
    world: None, plan: Callable[..., Awaitable[None]], buyer: httpx.AsyncClient
) -> None:
    await plan(DEMAND, (ITEM, 7))
    wishes = [
        buyer.post("/requisitions/actions/convert", json={"all_open": True}) for _ in range(5)
    ]
    orders = [
        order for answer in await asyncio.gather(*wishes) for order in answer.json()["orders"]
    ]
    assert len(orders) == 1


async def test_converting_costs_the_same_for_one_as_for_many(
    world: None,
    plan: Callable[..., Awaitable[None]],
    buyer: httpx.AsyncClient,
    procurement: ServiceUnderTest,
) -> None:
    counts: list[Any] = []
    for many in (1, 12):
        await plan(new_id(), *[(ITEM, 1), (EXPIRING, 1)] * many)
        with procurement.counted() as statements:
            await buyer.post("/requisitions/actions/convert", json={"all_open": True})
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12, statements
