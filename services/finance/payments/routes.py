"""Payments over HTTP."""

from datetime import date
from functools import partial as bind
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.finance.open_items.rules import CurrencyDiffers, ItemReserved, OpenItemUnknown
from services.finance.payments.commands import (
    approve_payment,
    cancel_payment,
    execute_payment,
    propose_payment,
)
from services.finance.payments.queries import LISTING, propose, show_payment
from services.finance.payments.rules import NothingToPay, PaymentUnknown
from shared.actor import Actor
from shared.auth import CurrentActor, needs
from shared.batches import Partial, act_on_all
from shared.contracts.base import Act, ActAll, ActResults, Done
from shared.contracts.finance.payments import (
    Payment,
    PaymentProposal,
    PaymentRow,
    ProposePayment,
)
from shared.database import AsyncSession
from shared.lifecycle import ActionNotAllowed
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute, today

router = APIRouter(prefix="/payments", tags=["payments"], route_class=TransactionRoute)
READ = [needs("finance.payment.read")]


@router.post(
    "",
    status_code=201,
    dependencies=[needs("finance.payment.write")],
    responses=problems(NothingToPay, ItemReserved, CurrencyDiffers, OpenItemUnknown),
)
async def create_payment(wish: ProposePayment, session: Session, actor: CurrentActor) -> Payment:
    """Propose a payment of invoices, for another person to approve."""
    return await show_payment(session, await propose_payment(session, wish, actor), actor)


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
    dependencies=[needs("finance.payment.approve")],
    responses=problems(PaymentUnknown, ActionNotAllowed),
)
async def approve(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Payment:
    """Agree to a payment that another person proposed."""
    await approve_payment(session, id, act, actor)
    return await show_payment(session, id, actor)


@router.post("/actions/approve", dependencies=[needs("finance.payment.approve")])
async def approve_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    act = bind(approve_one, actor=actor, note=wish.note)
    return await act_on_all(session, wish, act, partial=partial)


async def approve_one(
    session: AsyncSession, id: UUID, version: int, *, actor: Actor, note: str | None
) -> Done:
    return await approve_payment(session, id, Act(version=version, note=note), actor)


@router.post(
    "/{id}/actions/execute",
    dependencies=[needs("finance.payment.execute")],
    responses=problems(PaymentUnknown, ActionNotAllowed),
)
async def execute(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Payment:
    """Record that the money has left the bank: invoices are settled, the voucher stands."""
    await execute_payment(session, id, act, actor)
    return await show_payment(session, id, actor)


@router.post("/actions/execute", dependencies=[needs("finance.payment.execute")])
async def execute_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    act = bind(execute_one, actor=actor, note=wish.note)
    return await act_on_all(session, wish, act, partial=partial)


async def execute_one(
    session: AsyncSession, id: UUID, version: int, *, actor: Actor, note: str | None
) -> Done:
    return await execute_payment(session, id, Act(version=version, note=note), actor)


@router.post(
    "/{id}/actions/cancel",
    dependencies=[needs("finance.payment.cancel")],
    responses=problems(PaymentUnknown, ActionNotAllowed),
)
async def cancel(id: UUID, act: Act, session: Session, actor: CurrentActor) -> Payment:
    """Withdraw a payment; its invoices are free again."""
    await cancel_payment(session, id, act, actor)
    return await show_payment(session, id, actor)
