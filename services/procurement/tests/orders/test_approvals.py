"""Quorum, delegation and deadlines, on purchase orders: real stages, real people, real locks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.procurement.tests.conftest import BUYER, FINANCE, MANAGER
from services.procurement.tests.orders.test_routes import act
from shared.approval_deadlines import chase
from shared.clock import Clock
from shared.contracts.procurement.events import PurchaseApprovalChanged
from shared.ids import new_id
from tests.support.services import COMPANY, ServiceUnderTest

pytestmark = pytest.mark.req("B5", "REQ-88")
SECOND, THIRD = UUID(int=0xB4), UUID(int=0xB5)
RIGHTS = ("procurement.order.approve", "procurement.order.approve_finance")
REJECT = "procurement.order.reject"
HUGE = {"quantity": 1000, "price": "5000", "state": "submitted"}  # above the limit of the quorum
SMALL = {"quantity": 10, "price": "2", "state": "submitted"}


def lent(
    delegator: Any,
    *,
    kinds: Any = (),
    ceiling: Any = None,
    permissions: tuple[str, ...] = (*RIGHTS, REJECT),
    since: Any = -1,
    until: int = 1,
) -> Any:
    now = datetime.now(UTC)
    return {
        "id": str(new_id()), "delegator": f"user:{delegator}", "delegator_name": "出差的人",
        "permissions": list(permissions), "kinds": list(kinds), "ceiling": ceiling,
        "starts_at": (now + timedelta(days=since)).isoformat(),
        "ends_at": (now + timedelta(days=until)).isoformat(),
    }  # fmt: skip


def person(procurement: Any, user_id: Any, *permissions: Any, lends: Any = ()) -> Any:
    return procurement.client(
        issuer="gateway", subject=f"user:{user_id}", company_id=COMPANY, name="人",
        permissions=["procurement.order.read", "procurement.approval.read", *permissions],
        extra={"delegations": list(lends)},
    )  # fmt: skip


async def seen(client: Any, order: Any) -> Any:
    return (await client.get(f"/orders/{order['id']}")).json()


@pytest.fixture
async def half(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    manager: httpx.AsyncClient,
    finance: httpx.AsyncClient,
) -> Any:
    """A huge order, agreed by purchasing and by one of the two people of finance."""
    order = (await act(manager, await make_order(**HUGE), "approve")).json()
    return (await act(finance, order, "approve_finance")).json()


async def test_a_quorum_of_two_takes_two_people(
    half: Any, procurement: ServiceUnderTest, finance: httpx.AsyncClient
) -> None:
    [_, stage] = half["approvals"]
    assert (half["state"], stage["quorum"], len(stage["votes"])) == ("submitted", 2, 1)
    assert (await act(finance, half, "approve_finance")).json()["type"] == "/problems/same-hands"
    second = person(procurement, SECOND, RIGHTS[1])
    done = (await act(second, half, "approve_finance")).json()
    assert (done["state"], len(done["approvals"][1]["votes"])) == ("approved", 2)


async def test_who_agreed_in_purchasing_does_not_count_in_finance(
    half: Any, procurement: ServiceUnderTest
) -> None:
    again = person(procurement, MANAGER, *RIGHTS)
    answer = await act(again, half, "approve_finance")
    assert answer.json()["type"] == "/problems/same-hands"


async def test_one_no_ends_it_whatever_the_quorum(half: Any, procurement: ServiceUnderTest) -> None:
    second = person(procurement, SECOND, RIGHTS[1], REJECT)
    done = (await act(second, half, "reject", note="too dear")).json()
    assert (done["state"], done["approvals"][1]["state"]) == ("rejected", "rejected")


async def test_two_at_once_both_count_and_neither_twice(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    manager: httpx.AsyncClient,
    procurement: ServiceUnderTest,
) -> None:
    order = (await act(manager, await make_order(**HUGE), "approve")).json()
    people = [person(procurement, id, RIGHTS[1]) for id in (FINANCE, SECOND)]

    async def insist(client: Any) -> Any:
        while True:  # whoever comes second looks again and decides on the version that stands
            answer = await act(client, await seen(client, order), "approve_finance")
            if answer.status_code != 412:
                return answer.status_code

    assert await asyncio.gather(*(insist(client) for client in people)) == [200, 200]
    done = await seen(people[0], order)
    voters = {vote["by"] for vote in done["approvals"][1]["votes"]}
    assert (done["state"], len(voters)) == ("approved", 2)
    same = [person(procurement, THIRD, RIGHTS[1]) for _ in range(2)]
    other = (await act(manager, await make_order(**HUGE), "approve")).json()
    answers = await asyncio.gather(*(act(one, other, "approve_finance") for one in same))
    assert sorted(a.status_code for a in answers) == [200, 412]
    assert (await seen(same[0], other))["state"] == "submitted"


async def test_a_delegate_signs_for_the_delegator_and_both_are_kept(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], procurement: ServiceUnderTest
) -> None:
    order = await make_order(**SMALL)
    stand_in = person(procurement, SECOND, lends=[lent(MANAGER)])
    [waits] = (await stand_in.get("/approvals")).json()
    assert (waits["document_id"], waits["on_behalf_of"]) == (order["id"], f"user:{MANAGER}")
    assert "approve" in (await seen(stand_in, order))["allowed_actions"]
    done = (await act(stand_in, order, "approve", note="as agreed")).json()
    [vote] = done["approvals"][0]["votes"]
    assert done["state"] == "approved"
    assert (vote["by"], vote["on_behalf_of"]) == (f"user:{SECOND}", f"user:{MANAGER}")
    assert vote["delegation_id"]


@pytest.mark.parametrize(
    ("loan", "problem"),
    [
        (lent(MANAGER, kinds=("requisition",)), "beyond-delegation"),
        (lent(MANAGER, ceiling="22.59"), "beyond-delegation"),
        (lent(MANAGER, since=-3, until=-1), "permission-missing"),
        (lent(MANAGER, since=1, until=2), "permission-missing"),
        (lent(BUYER), "same-hands"),
        (lent(MANAGER, permissions=(RIGHTS[1],)), "permission-missing"),
    ],
)
async def test_a_delegation_reaches_no_further(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    procurement: ServiceUnderTest,
    loan: Any,
    problem: str,
) -> None:
    order = await make_order(**SMALL)
    stand_in = person(procurement, SECOND, lends=[loan])
    assert (await stand_in.get("/approvals")).json() == []
    answer = await act(stand_in, order, "approve")
    assert (answer.status_code, answer.json()["type"]) == (403, f"/problems/{problem}")


async def test_the_requester_never_decides_by_a_delegation(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], procurement: ServiceUnderTest
) -> None:
    order = await make_order(**SMALL)
    answer = await act(person(procurement, BUYER, lends=[lent(MANAGER)]), order, "approve")
    assert answer.json()["type"] == "/problems/same-hands"


async def test_a_delegation_opens_nothing_but_approvals(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], procurement: ServiceUnderTest
) -> None:
    order = await make_order(**SMALL)
    loan = lent(MANAGER, permissions=("procurement.order.cancel",))
    answer = await act(person(procurement, SECOND, lends=[loan]), order, "cancel", note="x")
    assert answer.json()["type"] == "/problems/permission-missing"


async def test_delegate_and_delegator_have_one_vote_between_them(
    half: Any, procurement: ServiceUnderTest
) -> None:
    stand_in = person(procurement, SECOND, lends=[lent(FINANCE)])
    answer = await act(stand_in, half, "approve_finance")
    assert answer.json()["type"] == "/problems/same-hands"
    third = person(procurement, SECOND, lends=[lent(THIRD)])
    assert (await act(third, half, "approve_finance")).json()["state"] == "approved"


async def test_a_list_is_decided_at_once_and_says_whose_refusal_it_is(
    world: None, make_order: Callable[..., Awaitable[dict[str, Any]]], procurement: ServiceUnderTest
) -> None:
    small, large = await make_order(**SMALL), await make_order(**{**SMALL, "price": "3"})
    items = [{"id": one["id"], "version": one["version"]} for one in (small, large)]
    stand_in = person(procurement, SECOND, lends=[lent(MANAGER, ceiling="30")])
    path = "/orders/actions/approve"
    refused = await stand_in.post(path, json={"items": items})
    assert (refused.status_code, refused.json()["document_id"]) == (403, large["id"])
    with procurement.counted() as statements:
        part = await stand_in.post(f"{path}?partial=1", json={"items": items})
    assert [row["ok"] for row in part.json()["items"]] == [True, False]
    assert len(statements) <= 9


async def test_overdue_is_reminded_once_then_escalated_and_never_approved(
    world: None,
    make_order: Callable[..., Awaitable[dict[str, Any]]],
    procurement: ServiceUnderTest,
    manager: httpx.AsyncClient,
    finance: httpx.AsyncClient,
) -> None:
    order = await make_order(**SMALL)
    [stage] = order["approvals"]
    assert stage["due_at"]
    early = person(procurement, FINANCE, RIGHTS[1])
    assert (await act(early, order, "approve_finance")).status_code == 403
    late = Clock(procurement.app.state.clock.zone, timedelta(days=21))
    run = partial(chase, told_as=PurchaseApprovalChanged)
    for clock in (Clock(), late, late):
        async with procurement.session("service:procurement") as session:
            await run(session, clock)
    assert [body["escalated_to"] for body in await told_overdue(procurement)] == [RIGHTS[1]]
    order = await seen(manager, order)
    assert (order["state"], order["approvals"][0]["state"]) == ("submitted", "pending")
    assert "approve_finance" in (await seen(finance, order))["allowed_actions"]
    done = (await act(early, order, "approve_finance")).json()
    assert done["state"] == "approved"


async def told_overdue(procurement: Any) -> Any:
    from sqlalchemy import text

    async with procurement.session() as session:
        rows = await session.execute(
            text("SELECT body FROM outbox WHERE body @> '{\"overdue\": true}' ORDER BY position")
        )
        return list(rows.scalars())
