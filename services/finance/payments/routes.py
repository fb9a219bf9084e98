"""Payments over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.finance.copies.rules import RateUnknown
from services.finance.open_items.rules import CurrencyDiffers, ItemReserved, OpenItemUnknown
from services.finance.payments.commands import (
    approve_payments,
    cancel_payments,
    execute_payments,
    propose_payment,
)
from services.finance.payments.queries import LISTING, payment_shown, propose, show_payment
from services.finance.payments.rules import NothingToPay, PaymentUnknown
from shared.auth import CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.finance.payments import (
    Payment,
    PaymentProposal,
    PaymentRow,
    ProposePayment,
)
from shared.lifecycle import ActionNotAllowed
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute, today

router = APIRouter(prefix="/payments", tags=["payments"], route_class=TransactionRoute)
READ = [needs("finance.payment.read")]
APPROVE = [needs("finance.payment.approve")]
EXECUTE = [needs("finance.payment.execute")]
CANCEL = [needs("finance.payment.cancel")]


@router.post(
    "",
    status_code=201,
    dependencies=[needs("finance.payment.write")],
    responses=problems(NothingToPay, ItemReserved, CurrencyDiffers, OpenItemUnknown),
)
async def create_payment(wish: ProposePayment, session: Session, actor: CurrentActor) -> Payment:
    """Propose a payment of invoices, for another person to approve."""
    return payment_shown(*await propose_payment(session, wish, actor), actor)


@router.get("", dependencies=READ)
async def list_payments(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[PaymentRow]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [PaymentRow.model_validate(row) for row in rows], total, counts)


@router.get("/proposals", dependencies=READ)
async def list_payment_proposals(
    session: Session, actor: CurrentActor, due_by: Annotated[date | None, Query()] = None
) -> list[PaymentProposal]:
    """What is due by a day (today by default) and on no payment yet, by supplier."""
    return await propose(session, actor, due_by or today(session))


@router.get("/{id}", dependencies=READ, responses=problems(PaymentUnknown))
async def get_payment(id: UUID, session: Session, actor: CurrentActor) -> Payment:
    return await show_payment(session, id, actor)


@router.post(
    "/{id}/actions/approve",
    dependencies=APPROVE,
    responses=problems(PaymentUnknown, ActionNotAllowed),
)
async def approve(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Payment:
    """Agree to a payment that another person proposed."""
    [done] = await approve_payments(session, Batch.of_one(id, act.version), actor)
    return payment_shown(done.payment, done.lines, actor)


@router.post("/actions/approve", dependencies=APPROVE)
async def approve_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Agree to several payments."""
    batch = Batch(wish.items, partial=partial)
    done = await approve_payments(session, batch, actor)
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
    [done] = await cancel_payments(session, batch, actor, act.note)
    return payment_shown(done.payment, done.lines, actor)


@router.post("/actions/cancel", dependencies=CANCEL)
async def cancel_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Withdraw several payments."""
    batch = Batch(wish.items, partial=partial)
    done = await cancel_payments(session, batch, actor, wish.note)
    return batch.results(one.payment for one in done)
