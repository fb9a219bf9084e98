"""Lists of requisitions and orders: as many statements for twenty as for two."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.procurement.tests.conftest import ITEM
from shared.ids import new_id
from tests.support.lists import act_on_list, kinds
from tests.support.services import ServiceUnderTest

Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def make_requisition(world: None, procurement: ServiceUnderTest, buyer: httpx.AsyncClient) -> Make:
    async def make() -> dict[str, Any]:
        needed = procurement.app.state.clock.today() + timedelta(days=30)
        wish = {
            "item_id": str(ITEM),
            "quantity": "10",
            "needed_on": str(needed),
            "reason": "spare parts",
        }
        answer = await buyer.post("/requisitions", json=wish)
        assert answer.status_code == 201, answer.text
        raised: dict[str, Any] = answer.json()
        return raised

    return make


@pytest.mark.req("B4")
@pytest.mark.parametrize("partial", ["", "?partial=1"])
async def test_twenty_requisitions_send_no_more_than_two(
    procurement: ServiceUnderTest,
    make_requisition: Make,
    buyer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    partial: str,
) -> None:
    counts: list[list[int]] = []
    for size in (2, 20):
        rows = [await make_requisition() for _ in range(size)]
        sent: list[int] = []
        for verb, who, note in (
            ("submit", buyer, None), ("approve", manager, None), ("cancel", buyer, "not needed"),
        ):  # fmt: skip
            path = f"/requisitions/actions/{verb}{partial}"
            count, rows = await act_on_list(procurement, who, path, rows, note=note)
            sent.append(count)
        assert [one["state"] for one in rows] == ["cancelled"] * size
        counts.append(sent)
    assert counts[0] == counts[1], counts


async def test_what_is_refused_stays_with_its_requisition(
    procurement: ServiceUnderTest,
    make_requisition: Make,
    buyer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
) -> None:
    good, seen = await make_requisition(), await make_requisition()
    unknown = {"id": str(new_id()), "version": 1}
    path = "/requisitions/actions/submit?partial=1"
    listed = [unknown, seen | {"version": 3}, good]
    _, results = await act_on_list(procurement, buyer, path, listed)
    assert kinds(results) == ["requisition-unknown", "version-stale", "ok"]
    shown = (await buyer.get(f"/requisitions/{seen['id']}")).json()
    assert (shown["state"], shown["version"]) == ("draft", 1)
    path = "/requisitions/actions/approve?partial=1"
    _, results = await act_on_list(procurement, manager, path, [shown, results[2]])
    assert kinds(results) == ["action-not-allowed", "ok"]


@pytest.mark.parametrize("partial", ["", "?partial=1"])
async def test_twenty_orders_send_no_more_than_two(
    procurement: ServiceUnderTest,
    world: None,
    make_order: Make,
    buyer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
    partial: str,
) -> None:
    counts: list[list[int]] = []
    for size in (2, 20):
        rows = [await make_order(state="draft") for _ in range(size)]
        sent: list[int] = []
        for verb, who, note in (
            ("submit", buyer, None), ("approve", manager, None), ("issue", buyer, None),
            ("cancel", buyer, "not needed"),
        ):  # fmt: skip
            path = f"/orders/actions/{verb}{partial}"
            count, rows = await act_on_list(procurement, who, path, rows, note=note)
            sent.append(count)
        assert [one["state"] for one in rows] == ["cancelled"] * size
        counts.append(sent)
    assert counts[0] == counts[1], counts


async def test_what_is_refused_stays_with_its_order(
    procurement: ServiceUnderTest,
    world: None,
    make_order: Make,
    buyer: httpx.AsyncClient,
    manager: httpx.AsyncClient,
) -> None:
    draft, asked = await make_order(state="draft"), await make_order(state="submitted")
    unknown = {"id": str(new_id()), "version": 1}
    path = "/orders/actions/approve?partial=1"
    _, results = await act_on_list(procurement, manager, path, [draft, unknown, asked])
    assert kinds(results) == ["action-not-allowed", "order-unknown", "ok"]
    shown = (await buyer.get(f"/orders/{draft['id']}")).json()
    assert (shown["state"], shown["version"]) == (draft["state"], draft["version"])
    path = "/orders/actions/issue?partial=1"
    _, results = await act_on_list(procurement, buyer, path, [shown, results[2]])
    assert kinds(results) == ["action-not-allowed", "ok"]
