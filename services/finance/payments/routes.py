"""Payments over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.finance.copies.rules import RateUnknown
from services.finance.payments.commands import (
    approve_payments,
    execute_payments,
    withdraw_payments,
)
from services.finance.payments.queries import LISTING, payment_shown, show_payment
from services.finance.payments.rules import AGREE, PaymentUnknown
from shared.approval_votes import BeyondDelegation
from shared.approvals import NothingToDecide
from shared.auth import CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.finance.payments import (
    Payment,
    PaymentRow,
)
from shared.lifecycle import ActionNotAllowed
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/payments", tags=["payments"], route_class=TransactionRoute)
READ = [needs("finance.payment.read")]
APPROVE = [needs(AGREE, delegable=True)]
EXECUTE = [needs("finance.payment.execute")]
CANCEL = [needs("finance.payment.cancel")]


@router.get("", dependencies=READ)
async def list_payments(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[PaymentRow]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [PaymentRow.model_validate(row) for row in rows], total, counts)


@router.get("/{id}", dependencies=READ, responses=problems(PaymentUnknown))
async def get_payment(id: UUID, session: Session, actor: CurrentActor) -> Payment:
    return await show_payment(session, id, actor)


@router.post(
    "/{id}/actions/approve",
    dependencies=APPROVE,
    responses=problems(PaymentUnknown, ActionNotAllowed, NothingToDecide, BeyondDelegation),
)
async def approve(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Payment:
    """Agree to a payment that another person proposed; large ones need two people."""
    [done] = await approve_payments(session, Batch.of_one(id, act.version), actor, act.note)
    return payment_shown(done.payment, done.lines, actor)


@router.post("/actions/approve", dependencies=APPROVE)
async def approve_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Agree to several payments."""
    batch = Batch(wish.items, partial=partial)
    done = await approve_payments(session, batch, actor, wish.note)
    return batch.results(one.payment for one in done)


@router.post(
    "/{id}/actions/reject",
    dependencies=APPROVE,
    responses=problems(PaymentUnknown, ActionNotAllowed, NothingToDecide, BeyondDelegation),
)
async def reject(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Payment:
    """Say no to a payment, with a reason; its invoices are free again."""
    batch = Batch.of_one(id, act.version)
    [done] = await withdraw_payments(session, batch, actor, "reject", act.note)
    return payment_shown(done.payment, done.lines, actor)


@router.post("/actions/reject", dependencies=APPROVE)
async def reject_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Say no to several payments, with one reason."""
    batch = Batch(wish.items, partial=partial)
    done = await withdraw_payments(session, batch, actor, "reject", wish.note)
    return batch.results(one.payment for one in done)


@router.post(
    "/{id}/actions/execute",
    dependencies=EXECUTE,
    responses=problems(PaymentUnknown, ActionNotAllowed, RateUnknown),
)
async def execute(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Payment:
    """Record that the money has left the bank: invoices are settled, the voucher stands."""
    [done] = await execute_payments(session, Batch.of_one(id, act.version), actor)
    return payment_shown(done.payment, done.lines, actor)


@router.post("/actions/execute", dependencies=EXECUTE)
async def execute_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Record several payments that have left the bank."""
    batch = Batch(wish.items, partial=partial)
    done = await execute_payments(session, batch, actor)
    return batch.results(one.payment for one in done)


@router.post(
    "/{id}/actions/cancel",
    dependencies=CANCEL,
    responses=problems(PaymentUnknown, ActionNotAllowed),
)
async def cancel(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Payment:
    """Withdraw a payment; its invoices are free again."""
    batch = Batch.of_one(id, act.version)
    [done] = await withdraw_payments(session, batch, actor, "cancel", act.note)
    return payment_shown(done.payment, done.lines, actor)


@router.post("/actions/cancel", dependencies=CANCEL)
async def cancel_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Withdraw several payments."""
    batch = Batch(wish.items, partial=partial)
    done = await withdraw_payments(session, batch, actor, "cancel", wish.note)
    return batch.results(one.payment for one in done)
