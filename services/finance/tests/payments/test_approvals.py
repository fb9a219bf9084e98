"""Payments on the approvals engine: quorum, delegation, deadlines, and one no."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.finance.tests.conftest import CLERK, MANAGER, MANAGER_MAY, READS, accepted
from services.finance.tests.payments.test_routes import act, invoice, propose
from services.finance.tests.supplier_invoices.test_routes import bill, record
from shared.approval_deadlines import chase
from shared.contracts.finance.events import PaymentApprovalChanged
from shared.ids import new_id
from shared.migrate import branch_of, downgrade_branch, upgrade_branch
from tests.support.services import COMPANY, ServiceUnderTest

__all__ = ["invoice"]  # a fixture
pytestmark = pytest.mark.req("B5", "B11", "REQ-88")
SECOND, THIRD = UUID(int=0xC5), UUID(int=0xC6)
APPROVE = "finance.payment.approve"


def person(
    finance: ServiceUnderTest, user_id: UUID, *permissions: str, lends: Any = ()
) -> httpx.AsyncClient:
    return finance.client(
        issuer="gateway", subject=f"user:{user_id}", company_id=COMPANY, name="人",
        permissions=[*READS, *permissions], extra={"delegations": list(lends)},
    )  # fmt: skip


def lent(delegator: UUID, *, kinds: Any = (), ceiling: Any = None) -> Any:
    now = datetime.now(UTC)
    return {
        "id": str(new_id()), "delegator": f"user:{delegator}", "delegator_name": "出差的人",
        "permissions": [APPROVE], "kinds": list(kinds), "ceiling": ceiling,
        "starts_at": (now - timedelta(days=1)).isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(),
    }  # fmt: skip


async def stages(client: Any, payment: Any) -> Any:
    return (await client.get(f"/approvals/{payment['id']}")).json()


@pytest.fixture
async def large(clerk: httpx.AsyncClient, feed: Any, invoice: Any, day: date) -> Any:
    """A payment of more than one person may approve."""
    await feed(accepted(day, 100_000))
    bought = await record(clerk, bill(day, "100000", number="INV-LARGE"))
    return await propose(clerk, bought)


async def test_a_large_payment_takes_two_people(
    finance: ServiceUnderTest, clerk: httpx.AsyncClient, manager: httpx.AsyncClient, large: Any
) -> None:
    once = await act(manager, large, "approve", 1)
    assert (once["state"], once["approved_by"]) == ("proposed", None)
    await act(clerk, large, "execute", 2, 409)
    assert (await act(manager, large, "approve", 2, 403))["type"] == "/problems/same-hands"
    done = await act(person(finance, SECOND, APPROVE), large, "approve", 2)
    assert (done["state"], done["approved_by"]) == ("approved", f"user:{SECOND}")
    [stage] = await stages(manager, large)
    assert (stage["quorum"], [vote["by"] for vote in stage["votes"]]) == (
        2,
        [f"user:{MANAGER}", f"user:{SECOND}"],
    )
    assert (await act(clerk, large, "execute", 3))["state"] == "executed"


async def test_two_at_once_both_count_and_one_person_counts_once(
    finance: ServiceUnderTest, large: Any
) -> None:
    people = [person(finance, id, APPROVE) for id in (SECOND, THIRD, SECOND)]

    async def insist(client: httpx.AsyncClient) -> int:
        while True:  # who comes later looks again and decides on what stands
            seen = (await client.get(f"/payments/{large['id']}")).json()
            path = f"/payments/{large['id']}/actions/approve"
            answer = await client.post(path, json={"version": seen["version"]})
            if answer.status_code != 412:
                return answer.status_code

    statuses = sorted(await asyncio.gather(*(insist(client) for client in people)))
    assert statuses[:2] == [200, 200]
    assert statuses[2] in (403, 409)  # the same person again, or too late
    [stage] = await stages(people[0], large)
    assert {vote["by"] for vote in stage["votes"]} == {f"user:{SECOND}", f"user:{THIRD}"}


async def test_who_proposed_agrees_neither_themselves_nor_by_another(
    finance: ServiceUnderTest, clerk: httpx.AsyncClient, invoice: Any
) -> None:
    payment = await propose(clerk, invoice)
    same = finance.as_user(*MANAGER_MAY, user_id=CLERK)
    assert (await act(same, payment, "approve", 1, 403))["type"] == "/problems/same-hands"
    sent = person(finance, SECOND, lends=[lent(CLERK)])
    assert (await act(sent, payment, "approve", 1, 403))["type"] == "/problems/same-hands"


async def test_a_delegate_agrees_as_far_as_the_delegation_reaches(
    finance: ServiceUnderTest, clerk: httpx.AsyncClient, invoice: Any
) -> None:
    payment = await propose(clerk, invoice)
    for loan in (lent(MANAGER, ceiling="1129"), lent(MANAGER, kinds=("requisition",))):
        stopped = await act(person(finance, SECOND, lends=[loan]), payment, "approve", 1, 403)
        assert stopped["type"] == "/problems/beyond-delegation"
    stand_in = person(finance, SECOND, lends=[lent(MANAGER, kinds=("payment",), ceiling="1130")])
    [waits] = (await stand_in.get("/approvals")).json()
    assert (waits["document_id"], waits["on_behalf_of"]) == (payment["id"], f"user:{MANAGER}")
    assert (await act(stand_in, payment, "approve", 1, note="as agreed"))["state"] == "approved"
    [stage] = await stages(clerk, payment)
    [vote] = stage["votes"]
    assert (vote["by"], vote["on_behalf_of"]) == (f"user:{SECOND}", f"user:{MANAGER}")
    await act(stand_in, payment, "execute", 2, 403)


async def test_a_no_gives_the_invoices_free_and_ends_it(
    clerk: httpx.AsyncClient, manager: httpx.AsyncClient, invoice: Any
) -> None:
    payment = await propose(clerk, invoice)
    assert (await act(manager, payment, "reject", 1, 422))["type"] == "/problems/note-missing"
    await act(clerk, payment, "reject", 1, 403, note="no")
    done = await act(manager, payment, "reject", 1, note="wrong supplier")
    assert (done["state"], done["note"]) == ("cancelled", "wrong supplier")
    [stage] = await stages(manager, payment)
    assert (stage["state"], stage["note"]) == ("rejected", "wrong supplier")
    await act(manager, payment, "reject", 2, 409, note="again")
    assert (await propose(clerk, invoice))["state"] == "proposed"


async def test_taking_a_payment_back_ends_what_waits(
    clerk: httpx.AsyncClient, manager: httpx.AsyncClient, invoice: Any
) -> None:
    payment = await propose(clerk, invoice)
    assert [one["document_number"] for one in (await manager.get("/approvals")).json()] == [
        payment["number"]
    ]
    await act(clerk, payment, "cancel", 1, note="not now")
    assert (await manager.get("/approvals")).json() == []
    [stage] = await stages(manager, payment)
    assert stage["state"] == "withdrawn"


async def test_an_overdue_payment_is_told_of_once_and_approves_nothing(
    finance: ServiceUnderTest, clerk: httpx.AsyncClient, invoice: Any
) -> None:
    payment = await propose(clerk, invoice)
    for _ in range(2):
        async with finance.session("service:finance") as session:
            await session.execute(text("UPDATE approval SET due_at = now() - interval '1 hour'"))
            await chase(session, finance.app.state.clock, told_as=PaymentApprovalChanged)
    async with finance.session() as session:
        told = text("SELECT body FROM outbox WHERE subject = :subject ORDER BY position")
        given = {"subject": PaymentApprovalChanged.subject}
        bodies = list((await session.execute(told, given)).scalars())
    assert [body["overdue"] for body in bodies] == [False, True]
    assert (await clerk.get(f"/payments/{payment['id']}")).json()["state"] == "proposed"


async def test_payments_proposed_before_the_upgrade_are_approved_after_it(
    finance: ServiceUnderTest, clerk: httpx.AsyncClient, manager: httpx.AsyncClient, invoice: Any
) -> None:
    """The older release asked for no stage; the migration does, once."""
    payment = await propose(clerk, invoice)
    owner, app = finance.settings.owner_database_url, "finance_app"
    async with finance.session() as session:
        await session.execute(text("UPDATE approval SET document_id = uuidv7()"))
    finance_branch = branch_of("finance")
    await asyncio.to_thread(downgrade_branch, finance_branch, owner, "finance_0001", app)
    for _ in range(2):
        await asyncio.to_thread(upgrade_branch, finance_branch, owner, app)
    [stage] = await stages(manager, payment)
    assert (stage["state"], stage["requested_by"]) == ("pending", f"user:{CLERK}")
    assert (await act(manager, payment, "approve", 1))["state"] == "approved"
