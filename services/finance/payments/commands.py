"""Proposing, approving and executing payments."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.finance.arrivals.commands import tell_paid
from services.finance.books.commands import lock_books
from services.finance.copies.queries import rate_on
from services.finance.open_items.commands import items_for_update, settle_item
from services.finance.open_items.rules import CurrencyDiffers, ItemReserved
from services.finance.open_items.tables import OpenItem
from services.finance.payments.rules import LIFECYCLE, NothingToPay, PaymentUnknown
from services.finance.payments.tables import Payment, PaymentLine
from services.finance.posting_rules.rules import Entry
from services.finance.supplier_invoices.tables import SupplierInvoice
from services.finance.valuation.rules import ZERO
from services.finance.vouchers.commands import post
from services.finance.vouchers.rules import Posting
from shared.actor import Actor
from shared.contracts.base import Act, Done
from shared.contracts.finance.events import PaymentExecuted
from shared.contracts.finance.payments import ProposePayment
from shared.database import AsyncSession, insert_all
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.numbers import take_number
from shared.outbox import record, teller
from shared.session import now, today


async def propose_payment(session: AsyncSession, wish: ProposePayment, actor: Actor) -> UUID:
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
        number=await take_number(session, actor.company_id, "PAY", today(session)),
        state="proposed",
        created_by=actor.subject,
        created_at=now(session),
        supplier_id=wish.supplier_id,
        currency=next(iter(items.values())).currency,
        amount=sum((item.open_amount for item in items.values()), ZERO),
    )
    session.add(payment)
    await session.flush()
    await insert_all(session, PaymentLine, payment_lines(payment, list(items.values())))
    for item in items.values():
        item.reserved_by = payment.id
    return payment.id


def payment_lines(payment: Payment, items: Sequence[OpenItem]) -> list[dict[str, Any]]:
    return [
        {
            "payment_id": payment.id,
            "company_id": payment.company_id,
            "invoice_id": item.id,
            "number": item.number,
            "amount": item.open_amount,
            "due_on": item.due_on,
        }
        for item in items
    ]


async def due_invoices(session: AsyncSession, supplier_id: UUID, due_by: date) -> tuple[UUID, ...]:
    """What is due by a day, in the currency of the oldest, and on no payment yet."""
    found = await session.exec(
        select(OpenItem)
        .where(
            OpenItem.company_id == teller(session).company_id,
            OpenItem.kind == "payable",
            OpenItem.partner_id == supplier_id,
            OpenItem.due_on <= due_by,
            col(OpenItem.open_amount) > 0,
            col(OpenItem.reserved_by).is_(None),
        )
        .order_by(col(OpenItem.due_on), col(OpenItem.id))
    )
    rows = list(found)
    return tuple(row.id for row in rows if row.currency == rows[0].currency)


async def approve_payment(session: AsyncSession, id: UUID, act: Act, actor: Actor) -> Done:
    payment = await payment_for_update(session, id)
    act_on(payment, "approve", act, actor)
    payment.approved_by = actor.subject
    return done(payment, "approved")


async def cancel_payment(session: AsyncSession, id: UUID, act: Act, actor: Actor) -> Done:
    """Give the invoices free again."""
    payment = await payment_for_update(session, id)
    act_on(payment, "cancel", act, actor)
    lines = await lines_of(session, id)
    items = await items_for_update(session, "payable", None, [line.invoice_id for line in lines])
    for item in items.values():
        item.reserved_by = None
    payment.note = act.note or ""
    return done(payment, "cancelled")


async def execute_payment(session: AsyncSession, id: UUID, act: Act, actor: Actor) -> Done:
    """Money has left the bank: settle the invoices, 220201 / 1002, 660303 takes the rate's part."""
    await lock_books(session)
    payment = await payment_for_update(session, id)
    act_on(payment, "execute", act, actor)
    lines = await lines_of(session, id)
    items = await items_for_update(session, "payable", None, [line.invoice_id for line in lines])
    payment.paid_on, payment.executed_by = today(session), actor.subject
    payment.rate = await rate_on(session, payment.currency, payment.paid_on)
    entries = [settled_entry(payment, items[line.invoice_id], line.amount) for line in lines]
    posting = Posting(
        "payment_executed",
        payment.id,
        "payment",
        payment.id,
        payment.number,
        payment.paid_on,
        entries,
        tuple(items),
    )
    await post(session, posting)
    await mark_paid(session, items.values())
    told = PaymentExecuted(
        payment_id=id, invoice_ids=tuple(items), **payment.model_dump(include=TOLD)
    )
    record(session, told)
    await tell_paid(session, set(items))
    return done(payment, "executed")


TOLD = {"number", "supplier_id", "amount", "currency", "paid_on"}


def settled_entry(payment: Payment, item: OpenItem, amount: Decimal) -> Entry:
    assert payment.rate is not None
    settlement = settle_item(item, amount, payment.rate)
    item.reserved_by = None
    return Entry(
        {
            "settled": settlement.settled,
            "difference": settlement.difference,
            "paid": settlement.money,
        },
        partner_id=payment.supplier_id,
        currency=payment.currency,
        rate=payment.rate,
        foreign={"settled": amount, "paid": amount},
    )


async def mark_paid(session: AsyncSession, items: Iterable[OpenItem]) -> None:
    """The supplier invoices that are settled in full."""
    paid = [item.id for item in items if not item.open_amount]
    rows = await session.exec(
        select(SupplierInvoice).where(col(SupplierInvoice.id).in_(paid)).with_for_update()
    )
    for invoice in rows:
        invoice.state, invoice.version = "paid", invoice.version + 1


def act_on(payment: Payment, verb: str, act: Act, actor: Actor) -> None:
    expect_version(act.version, payment.version)
    LIFECYCLE.check(verb, payment.state, actor, {"created_by": payment.created_by}, act.note)


def done(payment: Payment, state: str) -> Done:
    payment.state, payment.version = state, payment.version + 1
    return Done(id=payment.id, state=state, version=payment.version)


async def payment_for_update(session: AsyncSession, id: UUID) -> Payment:
    found = await session.exec(
        select(Payment)
        .where(Payment.id == id, Payment.company_id == teller(session).company_id)
        .with_for_update()
    )
    payment = found.first()
    if payment is None:
        raise PaymentUnknown(id=id)
    return payment


async def lines_of(session: AsyncSession, id: UUID) -> list[PaymentLine]:
    rows = await session.exec(
        select(PaymentLine)
        .where(PaymentLine.payment_id == id)
        .order_by(col(PaymentLine.due_on), col(PaymentLine.invoice_id))
    )
    return list(rows)
