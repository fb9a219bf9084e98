"""Putting due invoices on a payment, for others to approve."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.finance.open_items.commands import items_for_update
from services.finance.open_items.rules import CurrencyDiffers, ItemReserved
from services.finance.open_items.tables import OpenItem
from services.finance.payments.commands import subject_of
from services.finance.payments.rules import NothingToPay, stages_for
from services.finance.payments.tables import Payment, PaymentLine
from services.finance.valuation.rules import ZERO
from shared.actor import Actor
from shared.approvals import request_approvals
from shared.bulk import insert_numbered
from shared.contracts.finance.events import PaymentApprovalChanged
from shared.contracts.finance.payments import ProposePayment
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller
from shared.session import now, today


async def propose_payment(
    session: AsyncSession, wish: ProposePayment, actor: Actor
) -> tuple[Payment, list[PaymentLine]]:
    """Put invoices of one supplier and currency on a payment; nobody else can pay them then."""
    ids = wish.invoice_ids or await due_invoices(
        session, wish.supplier_id, wish.due_by or today(session)
    )
    items = await items_for_update(session, "payable", wish.supplier_id, ids)
    if not items:
        raise NothingToPay(supplier_id=wish.supplier_id)
    if taken := [
        item.number for item in items.values() if item.reserved_by or not item.open_amount
    ]:
        raise ItemReserved(invoices=taken)
    if len({item.currency for item in items.values()}) > 1:
        raise CurrencyDiffers(currencies=sorted({item.currency for item in items.values()}))
    payment = Payment(
        id=new_id(),
        company_id=actor.company_id,
        number="",
        state="proposed",
        created_by=actor.subject,
        created_at=now(session),
        supplier_id=wish.supplier_id,
        currency=next(iter(items.values())).currency,
        amount=sum((item.open_amount for item in items.values()), ZERO),
    )
    lines = payment_lines(payment, list(items.values()))
    await insert_numbered(session, "PAY", today(session), [payment], (PaymentLine, lines))
    for item in items.values():
        item.reserved_by = payment.id
    base = sum((item.open_base for item in items.values()), ZERO)
    asked = [(subject_of(payment, lines, base), stages_for(base))]
    await request_approvals(session, asked, actor, PaymentApprovalChanged)
    return payment, lines


def payment_lines(payment: Payment, items: Sequence[OpenItem]) -> list[PaymentLine]:
    """Oldest due first."""
    return [
        PaymentLine(
            payment_id=payment.id,
            company_id=payment.company_id,
            invoice_id=item.id,
            number=item.number,
            amount=item.open_amount,
            due_on=item.due_on,
        )
        for item in sorted(items, key=lambda item: (item.due_on, item.id))
    ]


async def due_invoices(session: AsyncSession, supplier_id: UUID, due_by: date) -> tuple[UUID, ...]:
    """What is due by a day, in the currency of the oldest, and on no payment yet."""
    found = await session.execute(
        select(col(OpenItem.id), col(OpenItem.currency))
        .where(
            col(OpenItem.company_id) == teller(session).company_id,
            col(OpenItem.kind) == "payable",
            col(OpenItem.partner_id) == supplier_id,
            col(OpenItem.due_on) <= due_by,
            col(OpenItem.open_amount) > 0,
            col(OpenItem.reserved_by).is_(None),
        )
        .order_by(col(OpenItem.due_on), col(OpenItem.id))
    )
    rows = found.all()
    return tuple(id for id, currency in rows if currency == rows[0].currency)
