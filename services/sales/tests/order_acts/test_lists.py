"""Lists of orders: as many statements for twenty as for two, and refusals that stay with theirs."""

from decimal import Decimal

import httpx
import pytest

from services.sales.tests.conftest import Hear, Make
from services.sales.tests.hospital import SELLER, customer, told
from shared.contracts.sales.events import OrderApproved
from shared.ids import new_id
from tests.support.lists import act_on_list, kinds
from tests.support.services import ServiceUnderTest


@pytest.fixture
async def solvent(masters: None, hear: Hear) -> None:
    """A customer whose limit does not matter."""
    await hear(customer(version=9, credit_limit=Decimal(100_000_000)))


@pytest.mark.req("B3")
@pytest.mark.parametrize("partial", ["", "?partial=1"])
async def test_twenty_orders_send_no_more_than_two(
    sales: ServiceUnderTest,
    solvent: None,
    make_order: Make,
    seller: httpx.AsyncClient,
    approver: httpx.AsyncClient,
    partial: str,
) -> None:
    counts: list[tuple[int, int]] = []
    for size in (2, 20):
        orders = [await make_order(quantity=1) for _ in range(size)]
        submitting, sent = await act_on_list(
            sales, seller, f"/orders/actions/submit{partial}", orders
        )
        assert [one["state"] for one in sent] == ["pending_review"] * size
        approving, done = await act_on_list(
            sales, approver, f"/orders/actions/approve{partial}", sent
        )
        assert [one["state"] for one in done] == ["approved"] * size
        counts.append((submitting, approving))
    assert counts[0] == counts[1], counts


async def test_what_is_refused_stays_with_its_order(
    sales: ServiceUnderTest,
    make_order: Make,
    seller: httpx.AsyncClient,
    approver: httpx.AsyncClient,
) -> None:
    good, big, seen = (
        await make_order(quantity=1), await make_order(quantity=500), await make_order(quantity=1),
    )  # fmt: skip
    unknown = {"id": str(new_id()), "version": 1}
    listed = [unknown, big, seen | {"version": 7}, good]
    _, results = await act_on_list(sales, seller, "/orders/actions/submit?partial=1", listed)
    assert kinds(results) == ["order-not-found", "credit-exceeded", "version-stale", "ok"]
    assert results[1]["problem"]["document_id"] == big["id"]
    states = [(await seller.get(f"/orders/{one['id']}")).json() for one in (good, big, seen)]
    assert [(one["state"], one["version"]) for one in states] == [
        ("pending_review", 2), ("draft", 1), ("draft", 1),
    ]  # fmt: skip

    _, results = await act_on_list(
        sales, approver, "/orders/actions/approve?partial=1", [*states, unknown]
    )
    assert kinds(results) == ["ok", *["action-not-allowed"] * 2, "order-not-found"]
    assert len(await told(sales, OrderApproved.subject)) == 1
    _, again = await act_on_list(sales, approver, "/orders/actions/approve?partial=1", [states[0]])
    assert kinds(again) == ["version-stale"]


async def test_the_credit_that_one_order_takes_is_not_there_for_the_next(
    sales: ServiceUnderTest,
    masters: None,
    hear: Hear,
    make_order: Make,
    seller: httpx.AsyncClient,
) -> None:
    orders = [await make_order(quantity=1) for _ in range(3)]
    gross = Decimal(orders[0]["gross"])
    await hear(customer(version=9, credit_limit=2 * gross))
    _, results = await act_on_list(sales, seller, "/orders/actions/submit?partial=1", orders)
    assert kinds(results) == ["ok", "ok", "credit-exceeded"]


async def test_a_list_holds_nobody_to_one_pair_of_hands(
    sales: ServiceUnderTest, make_order: Make, seller: httpx.AsyncClient
) -> None:
    both = sales.as_user("sales.order.read", "sales.order.approve", user_id=SELLER)
    order = await make_order("pending_review")
    _, results = await act_on_list(sales, both, "/orders/actions/approve?partial=1", [order])
    assert kinds(results) == ["same-hands"]
    assert (await seller.get(f"/orders/{order['id']}")).json()["state"] == "pending_review"
