"""Payments proposed over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from services.finance.open_items.rules import CurrencyDiffers, ItemReserved, OpenItemUnknown
from services.finance.payment_proposals.commands import propose_payment
from services.finance.payment_proposals.queries import propose
from services.finance.payments.queries import payment_shown
from services.finance.payments.rules import NothingToPay
from shared.auth import CurrentActor, needs
from shared.contracts.finance.payments import Payment, PaymentProposal, ProposePayment
from shared.service import problems
from shared.session import Session, TransactionRoute, today

router = APIRouter(prefix="/payments", tags=["payments"], route_class=TransactionRoute)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("finance.payment.write")],
    responses=problems(NothingToPay, ItemReserved, CurrencyDiffers, OpenItemUnknown),
)
async def create_payment(wish: ProposePayment, session: Session, actor: CurrentActor) -> Payment:
    """Propose a payment of invoices, for another person to approve."""
    return payment_shown(*await propose_payment(session, wish, actor), actor)


@router.get("/proposals", dependencies=[needs("finance.payment.read")])
async def list_payment_proposals(
    session: Session, actor: CurrentActor, due_by: Annotated[date | None, Query()] = None
) -> list[PaymentProposal]:
    """What is due by a day (today by default) and on no payment yet, by supplier."""
    return await propose(session, actor, due_by or today(session))
