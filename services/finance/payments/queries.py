"""Payments as they are shown, and what could be paid."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlmodel import col, select

from services.finance.open_items.tables import OpenItem
from services.finance.payments.rules import LIFECYCLE, PaymentUnknown
from services.finance.payments.tables import Payment, PaymentLine
from services.finance.valuation.rules import ZERO
from shared.actor import Actor
from shared.contracts.finance.payments import Payment as Shown
from shared.contracts.finance.payments import PaymentLine as ShownLine
from shared.contracts.finance.payments import PaymentProposal
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


async def propose(session: AsyncSession, actor: Actor, due_by: date) -> list[PaymentProposal]:
    """What is due by a day and on no payment yet, by supplier and currency, oldest first."""
    found = await session.exec(
        select(OpenItem)
        .where(
            OpenItem.company_id == actor.company_id,
            OpenItem.kind == "payable",
            OpenItem.due_on <= due_by,
            col(OpenItem.open_amount) > 0,
            col(OpenItem.reserved_by).is_(None),
        )
        .order_by(
            col(OpenItem.partner_id),
            col(OpenItem.currency),
            col(OpenItem.due_on),
            col(OpenItem.id),
        )
    )
    proposals: list[PaymentProposal] = []
    for (supplier, currency), group in groupby(found, lambda row: (row.partner_id, row.currency)):
        lines = tuple(
            ShownLine(
                invoice_id=row.id, number=row.number, amount=row.open_amount, due_on=row.due_on
            )
            for row in group
        )
        amount = sum((line.amount for line in lines), ZERO)
        proposals.append(
            PaymentProposal(supplier_id=supplier, currency=currency, amount=amount, invoices=lines)
        )
    return proposals
