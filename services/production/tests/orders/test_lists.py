"""Lists of production orders: as many statements for twenty as for two, in all or in part."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.production.tests.conftest import Hear, Make
from services.production.tests.device import (
    MANAGER,
    PLANNER,
    act_on,
    inspected,
    issue,
    signature,
)
from shared.contracts.inventory.events import StockReserved
from shared.ids import new_id
from tests.support.lists import act_on_list, kinds
from tests.support.services import ServiceUnderTest

Shown = dict[str, Any]


async def again(client: httpx.AsyncClient, orders: Sequence[Shown]) -> list[Shown]:
    return [(await client.get(f"/orders/{one['id']}")).json() for one in orders]


@pytest.mark.req("REQ-42", "REQ-53")
@pytest.mark.parametrize("partial", ["", "?partial=1"])
async def test_twenty_orders_send_no_more_than_two(
    production: ServiceUnderTest,
    make_order: Make,
    planner: httpx.AsyncClient,
    operator: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    hear: Hear,
    partial: str,
) -> None:
    counts: list[list[int]] = []
    for size in (2, 20):
        orders = [await make_order("firmed") for _ in range(size)]
        sent: list[int] = []
        signed = signature(PLANNER, "production release", *orders)
        path = f"/orders/actions/release{partial}"
        count, _ = await act_on_list(production, planner, path, orders, signature=signed)
        sent.append(count)
        for order in await again(planner, orders):
            await hear(StockReserved(saga_id=UUID(order["id"]), picks=()), issue(order))
            await act_on(operator, order["id"], "report_all", good="5")
        path = f"/orders/actions/complete{partial}"
        count, _ = await act_on_list(production, operator, path, await again(planner, orders))
        sent.append(count)
        await hear(*(inspected(order["id"], accepted=5) for order in orders))
        made = await again(manager, orders)
        signed = signature(MANAGER, "batch release", *made)
        path = f"/orders/actions/release_to_stock{partial}"
        count, done = await act_on_list(production, manager, path, made, signature=signed)
        sent.append(count)
        assert [one["state"] for one in done] == ["released_to_stock"] * size
        counts.append(sent)
    assert counts[0] == counts[1], counts


@pytest.mark.parametrize("partial", ["", "?partial=1"])
async def test_twenty_orders_are_cancelled_in_as_many_statements_as_two(
    production: ServiceUnderTest, make_order: Make, planner: httpx.AsyncClient, partial: str
) -> None:
    counts: list[int] = []
    for size in (2, 20):
        orders = [await make_order("released") for _ in range(size)]
        path = f"/orders/actions/cancel{partial}"
        count, done = await act_on_list(production, planner, path, orders, note="not needed")
        assert [one["state"] for one in done] == ["cancelled"] * size
        counts.append(count)
    assert counts[0] == counts[1], counts


async def test_what_is_refused_stays_with_its_order(
    production: ServiceUnderTest, make_order: Make, planner: httpx.AsyncClient
) -> None:
    good, unsigned, stale = [await make_order("firmed") for _ in range(3)]
    unknown = {"id": str(new_id()), "version": 1}
    listed = [unknown, unsigned, stale | {"version": 9}, good]
    signed = signature(PLANNER, "production release", good, stale)
    path = "/orders/actions/release?partial=1"
    _, results = await act_on_list(production, planner, path, listed, signature=signed)
    assert kinds(results) == ["order-not-found", "signature-invalid", "version-stale", "ok"]
    shown = await again(planner, [good, unsigned, stale])
    assert [one["state"] for one in shown] == ["released", "firmed", "firmed"]
    assert [len(one["signatures"]) for one in shown] == [1, 0, 0]
    bare = await planner.post(path, json={"items": [{"id": stale["id"], "version": 1}]})
    assert bare.json()["type"] == "/problems/signature-missing"

    path = "/orders/actions/cancel?partial=1"
    _, results = await act_on_list(production, planner, path, [unknown, *shown], note="enough")
    assert kinds(results) == ["order-not-found", "ok", "ok", "ok"]
