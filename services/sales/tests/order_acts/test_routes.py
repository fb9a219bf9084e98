"""Approving, batches, and giving orders up."""

from uuid import UUID

import httpx
import pytest

from services.sales.tests.conftest import Hear, Make
from services.sales.tests.hospital import (
    APPROVER,
    SELLER,
    act_on,
    released,
    saga_of,
    told,
    try_act,
)
from shared.contracts.sales.events import OrderApproved, OrderCancelled
from shared.ids import derived_id
from tests.support.services import ServiceUnderTest


async def test_an_order_can_be_withdrawn_rejected_and_taken_up_again(
    make_order: Make, seller: httpx.AsyncClient, approver: httpx.AsyncClient
) -> None:
    order = await make_order("pending_review")
    assert (await act_on(seller, order["id"], "withdraw"))["state"] == "draft"
    await act_on(seller, order["id"], "submit")
    bare = await try_act(approver, order["id"], "reject")
    assert bare.json()["type"] == "/problems/note-missing"
    gone = await act_on(approver, order["id"], "reject", note="price too low")
    assert (gone["state"], gone["ended_because"]) == ("rejected", "price too low")
    assert (await act_on(seller, order["id"], "revise"))["state"] == "draft"


async def test_nobody_approves_what_they_submitted(
    sales: ServiceUnderTest, make_order: Make, approver: httpx.AsyncClient
) -> None:
    order = await make_order("pending_review")
    both = sales.as_user("sales.order.read", "sales.order.approve", user_id=SELLER)
    refused = await try_act(both, order["id"], "approve")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/same-hands")
    assert (await both.get(f"/orders/{order['id']}")).json()["allowed_actions"] == []
    approved = await act_on(approver, order["id"], "approve")
    assert approved["states"]["approval"] == "approved"
    twice = await try_act(approver, order["id"], "approve")
    assert twice.json()["type"] == "/problems/action-not-allowed"
    assert len(await told(sales, OrderApproved.subject)) == 1
    assert UUID(approved["approvals"][0]["decided_by"].removeprefix("user:")) == APPROVER


@pytest.mark.req("REQ-73")
async def test_approval_starts_the_reservation_with_the_customers_remaining_life(
    sales: ServiceUnderTest, make_order: Make, approver: httpx.AsyncClient
) -> None:
    order = await make_order("pending_review")
    await act_on(approver, order["id"], "approve")
    saga = await saga_of(sales, order["id"])
    assert (saga.phase, saga.step) == ("asking", 0)
    assert saga.data["lines"][0]["minimum_life_days"] == 180


async def test_lists_of_orders_are_submitted_and_approved_at_once(
    make_order: Make, seller: httpx.AsyncClient, approver: httpx.AsyncClient
) -> None:
    orders = [await make_order(quantity=1) for _ in range(3)]
    wish = {"items": [{"id": one["id"], "version": 1} for one in orders]}
    answer = await seller.post("/orders/actions/submit", json=wish)
    assert [one["state"] for one in answer.json()["items"]] == ["pending_review"] * 3
    wish = {"items": [{"id": one["id"], "version": 2} for one in answer.json()["items"]]}
    answer = await approver.post("/orders/actions/approve", json=wish)
    assert [one["state"] for one in answer.json()["items"]] == ["approved"] * 3


async def test_a_list_is_all_or_nothing(make_order: Make, seller: httpx.AsyncClient) -> None:
    good, big = await make_order(quantity=1), await make_order(quantity=500)
    items = [{"id": one["id"], "version": 1} for one in (good, big)]
    refused = await seller.post("/orders/actions/submit", json={"items": items})
    assert refused.json()["type"] == "/problems/credit-exceeded"
    assert refused.json()["document_id"] == big["id"]
    assert (await seller.get(f"/orders/{good['id']}")).json()["state"] == "draft"
    partly = await seller.post("/orders/actions/submit?partial=1", json={"items": items})
    assert [one["ok"] for one in partly.json()["items"]] == [True, False]


@pytest.mark.parametrize("until", ["draft", "pending_review"])
async def test_an_order_that_promised_nothing_is_cancelled_at_once(
    sales: ServiceUnderTest, make_order: Make, seller: httpx.AsyncClient, until: str
) -> None:
    order = await make_order(until)
    bare = await try_act(seller, order["id"], "cancel")
    assert bare.json()["type"] == "/problems/note-missing"
    gone = await act_on(seller, order["id"], "cancel", note="changed their mind")
    assert (gone["state"], gone["ended_because"]) == ("cancelled", "changed their mind")
    assert len(await told(sales, OrderCancelled.subject)) == 1


async def test_cancelling_while_waiting_undoes_demand_and_reservation(
    sales: ServiceUnderTest, make_order: Make, seller: httpx.AsyncClient, hear: Hear
) -> None:
    order = await make_order("approved", short=3)
    saga = await saga_of(sales, order["id"])
    assert (saga.phase, saga.step) == ("asking", 1)  # the demand's call is due
    await act_on(seller, order["id"], "cancel", note="changed their mind")
    saga = await saga_of(sales, order["id"])
    assert (saga.phase, saga.step) == ("undoing", 1)
    await hear(released(order), released(order))
    shown = (await seller.get(f"/orders/{order['id']}")).json()
    assert (shown["state"], shown["states"]["logistics"]) == ("cancelled", "released")


async def test_cancelling_after_allocation_gives_everything_back(
    sales: ServiceUnderTest, make_order: Make, seller: httpx.AsyncClient
) -> None:
    order = await make_order("allocated")
    assert (await saga_of(sales, order["id"])).phase == "done"
    await act_on(seller, order["id"], "cancel", note="changed their mind")
    saga = await saga_of(sales, derived_id(UUID(order["id"]), "give back"))
    assert (saga.name, saga.phase, saga.step) == ("give_back", "asking", 1)  # no demand was raised
    again = await try_act(seller, order["id"], "cancel", note="again")
    assert again.json()["type"] == "/problems/action-not-allowed"


async def test_an_order_whose_saga_was_refused_is_rejected(
    make_order: Make, seller: httpx.AsyncClient, hear: Hear
) -> None:
    order = await make_order("approved", short=3)
    await hear(released(order))
    assert (await seller.get(f"/orders/{order['id']}")).json()["state"] == "rejected"
