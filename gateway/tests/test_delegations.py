"""Lending the right to approve: to whom, how far, until when; and what the inbox then shows."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.identity.seed import seed
from gateway.tests.conftest import Doors
from shared.actor import Actor
from shared.approvals import Subject, request_approval
from shared.company import DEFAULT_COMPANY
from shared.contracts.approvals import Stage
from shared.contracts.finance.events import PaymentApprovalChanged
from shared.contracts.procurement.events import PurchaseApprovalChanged
from shared.ids import new_id

pytestmark = pytest.mark.req("B5", "REQ-88")
PATH = "/api/identity/delegations"


@pytest.fixture
async def doors(running: Callable[..., Any]) -> AsyncIterator[Doors]:
    async with running("gateway", "procurement") as stack, AsyncExitStack() as clients:
        yield Doors(stack, await seed(stack["gateway"].settings, demo=True), clients)


async def id_of(client: httpx.AsyncClient) -> str:
    return str((await client.get("/api/identity/me")).json()["id"])


def wish(delegate_id: str, days: int = 3, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    period = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(days=days)).isoformat()}
    return {"delegate_id": delegate_id, "reason": "on leave", **period, **changes}


async def ask(doors: Doors) -> UUID:
    """A requisition's approval as its owner would ask for it."""
    document, asker = new_id(), f"user:{new_id()}"
    subject = Subject("requisition", document, "PR-1", 1, DEFAULT_COMPANY, {"a": 1}, {"b": 2})
    async with doors.stack["procurement"].session(asker) as session:
        stage = Stage("requisition", "procurement.requisition.approve", due_days=1)
        actor = Actor(asker, "x", DEFAULT_COMPANY, frozenset())
        await request_approval(session, subject, [stage], actor, PurchaseApprovalChanged)
    return document


async def test_a_payment_waits_once_and_the_right_to_approve_it_may_be_lent(
    running: Callable[..., Any],
) -> None:
    asker, document = f"user:{new_id()}", new_id()
    async with running("gateway", "finance") as stack, AsyncExitStack() as clients:
        doors = Doors(stack, await seed(stack["gateway"].settings, demo=True), clients)
        subject = Subject("payment", document, "PAY-1", 1, DEFAULT_COMPANY, {"a": 1}, {"b": 2})
        async with stack["finance"].session(asker) as session:
            stage = Stage("payment", "finance.payment.approve", due_days=1)
            actor = Actor(asker, "x", DEFAULT_COMPANY, frozenset())
            await request_approval(session, subject, [stage], actor, PaymentApprovalChanged)
        manager, other = await doors.sign_in("finance_manager"), await doors.sign_in("planner")
        assert await waits(manager) == [(str(document), "")]
        assert await waits(other) == []
        made = await manager.post(PATH, json=wish(await id_of(other), kinds=["payment"]))
        assert made.status_code == 201, made.text
        assert await waits(other) == [(str(document), f"user:{await id_of(manager)}")]
        clerk = await doors.sign_in("finance_clerk")  # proposes payments: never both
        refused = await manager.post(PATH, json=wish(await id_of(clerk)))
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/duties-conflict")


async def waits(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    inbox = (await client.get("/api/views/inbox")).json()
    return [(one["document_id"], one.get("on_behalf_of", "")) for one in inbox["approvals"]]


async def test_a_delegate_sees_what_waits_until_it_is_revoked(doors: Doors) -> None:
    manager, other = await doors.sign_in("purchasing_manager"), await doors.sign_in("planner")
    finance = await doors.sign_in("finance_manager")
    document = await ask(doors)
    assert await waits(finance) == []
    made = await manager.post(PATH, json=wish(await id_of(finance)))
    assert made.status_code == 201, made.text
    assert await waits(finance) == [(str(document), f"user:{await id_of(manager)}")]
    assert len((await finance.get(PATH)).json()) == 1
    assert (await other.get(PATH)).json() == []
    path = f"{PATH}/{made.json()['id']}/actions/revoke"
    assert (await other.post(path)).status_code == 404
    for _ in range(2):
        ended = await manager.post(path)
        assert ended.json()["revoked_by"] == f"user:{await id_of(manager)}"
    assert await waits(finance) == []


async def test_what_was_lent_goes_no_further_and_ends_with_its_lender(doors: Doors) -> None:
    manager, finance = (
        await doors.sign_in("purchasing_manager"),
        await doors.sign_in("finance_manager"),
    )
    warehouse, admin = await doors.sign_in("warehouse"), await doors.sign_in("admin")
    await ask(doors)
    assert (await manager.post(PATH, json=wish(await id_of(warehouse)))).status_code == 201
    assert len(await waits(warehouse)) == 1
    chain = await warehouse.post(PATH, json=wish(await id_of(finance)))
    assert chain.json()["type"] == "/problems/nothing-to-delegate"
    users = (await admin.get("/api/identity/users?q=purchasing")).json()["items"]
    off = f"/api/identity/users/{users[0]['id']}/actions/disable"
    assert (await admin.post(off, json={"version": users[0]["version"]})).is_success
    assert await waits(warehouse) == []


async def test_a_delegation_is_refused(doors: Doors) -> None:
    manager, buyer = await doors.sign_in("purchasing_manager"), await doors.sign_in("buyer")
    finance = await id_of(await doors.sign_in("finance_manager"))
    past: dict[str, Any] = {"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-02T00:00:00Z"}
    for body, problem in (
        (wish(await id_of(buyer)), "duties-conflict"),
        (wish(await id_of(manager)), "delegate-not-fit"),
        (wish(str(new_id())), "delegate-not-fit"),
        (wish(finance, days=200), "delegation-period-wrong"),
        (wish(finance, **past), "delegation-period-wrong"),
    ):
        answer = await manager.post(PATH, json=body)
        assert answer.json()["type"] == f"/problems/{problem}", answer.text
    assert (await doors.stranger().post(PATH, json=wish(finance))).status_code == 401
