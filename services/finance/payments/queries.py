"""Payments as they are shown, and what could be paid."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.finance.payments.rules import LIFECYCLE, PaymentUnknown
from services.finance.payments.tables import Payment, PaymentLine
from shared.actor import Actor
from shared.contracts.finance.payments import Payment as Shown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Payment,
    {"state": "in", "supplier_id": "ref", "currency": "eq", "paid_on": "range"},
    sort=("created_at", "number"),
    search=("number",),
)


async def show_payment(session: AsyncSession, id: UUID, actor: Actor) -> Shown:
    payment = await session.get(Payment, id)
    if payment is None or payment.company_id != actor.company_id:
        raise PaymentUnknown(id=id)
    rows = await session.exec(
        select(PaymentLine)
        .where(PaymentLine.payment_id == id)
        .order_by(col(PaymentLine.due_on), col(PaymentLine.invoice_id))
    )
    return payment_shown(payment, list(rows), actor)


def payment_shown(payment: Payment, lines: Sequence[PaymentLine], actor: Actor) -> Shown:
    people = {"created_by": payment.created_by}
    values = {
        **payment.model_dump(),
        "lines": [line.model_dump() for line in lines],
        "allowed_actions": LIFECYCLE.allowed(payment.state, actor, people),
    }
    return Shown.model_validate(values)
