"""One production order from its demand to closed, by its own routes and others' events."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.production.tests.conftest import Hear, Make
from services.production.tests.device import (
    ASSY,
    MANAGER,
    PLANNER,
    VENT,
    act_on,
    inspected,
    received,
    signature,
)
from tests.support.services import ServiceUnderTest


async def saga_of(production: ServiceUnderTest, id: str) -> Any:
    async with production.session() as session:
        given = {"id": UUID(id)}
        return (await session.execute(text("SELECT * FROM saga WHERE id = :id"), given)).one()


@pytest.mark.req("REQ-42", "REQ-47", "REQ-50", "REQ-53")
async def test_an_order_goes_from_demand_to_closed(
    production: ServiceUnderTest,
    make_order: Make,
    manager: httpx.AsyncClient,
    hear: Hear,
) -> None:
    order = await make_order("inspected")
    assert order["state"] == "completed"
    assert order["states"]["quality"] == "inspected"
    assert len(order["serials"]) == 5
    assert len(order["lots"]) == 2
    act = {"signature": signature(MANAGER, "batch release", order)}
    released = await act_on(manager, order["id"], "release_to_stock", **act)
    assert released["state"] == "released_to_stock"
    assert [one["valid"] for one in released["signatures"]] == [True, True]
    saga = await saga_of(production, order["id"])
    assert (saga.phase, saga.step) == ("asking", 5)
    assert saga.data["released"] == "5"
    assert saga.data["serials"] == order["serials"]
    await hear(received(order), received(order), inspected(order["id"], accepted=1))
    saga = await saga_of(production, order["id"])
    shown = (await manager.get(f"/orders/{order['id']}")).json()
    assert shown["state"] == "closed"
    # The receipt's call had not been answered when its event came: the event wins.
    assert saga.phase == "done"


@pytest.mark.req("REQ-42", "REQ-86")
async def test_a_list_is_released_under_one_signature_in_few_statements(
    make_order: Make, planner: httpx.AsyncClient, production: ServiceUnderTest
) -> None:
    counts: list[int] = []
    for demands in (1, 4):
        for _ in range(demands):
            await make_order("firmed")
        asked: dict[str, str | int] = {"state": "firmed", "size": 100}
        orders = (await planner.get("/orders", params=asked)).json()["items"]
        acts = [{"id": one["id"], "version": one["version"]} for one in orders]
        wish = {"items": acts, "signature": signature(PLANNER, "production release", *orders)}
        with production.counted() as seen:
            answer = await planner.post("/orders/actions/release", json=wish)
        assert [one["state"] for one in answer.json()["items"]] == ["released"] * 2 * demands
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 18, counts
    again = await planner.post("/orders/actions/release", json=wish)
    assert again.json()["type"] == "/problems/version-stale"
    assert again.json()["document_id"] in {one["id"] for one in orders}


async def test_the_orders_of_a_demand_are_listed_with_what_is_needed_to_sign(
    make_order: Make, planner: httpx.AsyncClient
) -> None:
    await make_order("firmed")
    page = (await planner.get("/orders", params={"state": "firmed"})).json()
    assert {UUID(one["item_id"]) for one in page["items"]} == {VENT, ASSY}
    assert page["counts_by_state"] == {"firmed": 2}
    assert all("release" in one["allowed_actions"] for one in page["items"])
