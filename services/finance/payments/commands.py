"""Proposing, approving and executing payments."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

from services.finance.arrivals.commands import tell_paid
from services.finance.books.commands import lock_books
from services.finance.copies.queries import known_rate, rates_on
from services.finance.open_items.commands import settle_item
from services.finance.open_items.tables import OpenItem
from services.finance.payments.rules import LIFECYCLE, PaymentUnknown, content
from services.finance.payments.tables import Payment, PaymentLine
from services.finance.posting_rules.rules import Entry
from services.finance.supplier_invoices.tables import SupplierInvoice
from services.finance.vouchers.commands import post_all
from services.finance.vouchers.rules import Posting
from shared.actor import Actor
from shared.approvals import Subject, approve_all, end_approvals, reject_all
from shared.batches import Batch
from shared.bulk import update_rows
from shared.contracts.finance.events import PaymentApprovalChanged, PaymentExecuted
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.session import today

KEPT = ("state", "version", "approved_by", "executed_by", "paid_on", "rate", "note")
SETTLED = ("open_amount", "open_base", "reserved_by", "version")

# Whoever settles holds the books' lock, under which alone amounts change; who is named on an item
# changes with the payment that names it.
LOCK = (
    select(Payment, PaymentLine, OpenItem, SupplierInvoice)
    .join(PaymentLine, col(PaymentLine.payment_id) == col(Payment.id))
    .join(OpenItem, col(OpenItem.id) == col(PaymentLine.invoice_id))
    .outerjoin(SupplierInvoice, col(SupplierInvoice.id) == col(PaymentLine.invoice_id))
    .where(
        col(Payment.id).in_(bindparam("ids", expanding=True)),
        col(Payment.company_id) == bindparam("company"),
    )
    .order_by(col(Payment.id), col(PaymentLine.due_on), col(PaymentLine.invoice_id))
    .with_for_update(of=[Payment])
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A payment under its lock: a line per item, oldest due first, and the invoices behind them."""

    payment: Payment
    lines: list[PaymentLine] = field(default_factory=list[PaymentLine])
    items: list[OpenItem] = field(default_factory=list[OpenItem])
    invoices: list[SupplierInvoice] = field(default_factory=list[SupplierInvoice])


async def approve_payments(
    session: AsyncSession, batch: Batch, actor: Actor, note: str | None = None
) -> list[Sheet]:
    """Others agree to payments that somebody proposed; the last of them approves."""
    sheets = await judged(session, batch, "approve", actor)
    subjects = [subject_of(sheet.payment, sheet.lines) for sheet in sheets]
    told_as, judging = PaymentApprovalChanged, batch.judging
    last = await approve_all(session, subjects, actor, told_as, note or "", judging)
    sheets = [sheet for sheet in sheets if batch.stands(sheet.payment.id)]
    for sheet in sheets:
        agreed = sheet.payment.id in last
        sheet.payment.approved_by = actor.subject if agreed else None
        moved(sheet.payment, "approved" if agreed else "proposed")
    await keep(session, sheets, ())
    return sheets


async def withdraw_payments(
    session: AsyncSession, batch: Batch, actor: Actor, verb: str, note: str | None
) -> list[Sheet]:
    """Give the invoices of payments free again: `cancel` takes them back, `reject` is a no."""
    sheets = await judged(session, batch, verb, actor, note)
    told_as = PaymentApprovalChanged
    if verb == "reject":
        subjects = [subject_of(sheet.payment, sheet.lines) for sheet in sheets]
        await reject_all(session, subjects, actor, told_as, note or "", batch.judging)
        sheets = [sheet for sheet in sheets if batch.stands(sheet.payment.id)]
    else:
        waiting = [one.payment.id for one in sheets if one.payment.state == "proposed"]
        await end_approvals(session, waiting, "withdrawn", told_as)
    for sheet in sheets:
        for item in sheet.items:
            item.reserved_by = None
        sheet.payment.note = note or ""
        moved(sheet.payment, "cancelled")
    await keep(session, sheets, ("reserved_by",))
    return sheets


async def execute_payments(session: AsyncSession, batch: Batch, actor: Actor) -> list[Sheet]:
    """Money has left the bank: settle the invoices, 220201 / 1002, 660303 takes the rate's part."""
    await lock_books(session)
    sheets = await judged(session, batch, "execute", actor)
    day = today(session)
    rates = await rates_on(session, {sheet.payment.currency for sheet in sheets}, day)
    for sheet in sheets:
        with batch.judging(sheet.payment.id):
            sheet.payment.rate = known_rate(rates, sheet.payment.currency, day)
    sheets = [sheet for sheet in sheets if batch.stands(sheet.payment.id)]
    for sheet in sheets:
        sheet.payment.paid_on, sheet.payment.executed_by = day, actor.subject
        moved(sheet.payment, "executed")
    await post_all(session, [payment_posting(sheet, day) for sheet in sheets])
    await keep(session, sheets, SETTLED)
    for sheet in sheets:
        tell_executed(session, sheet)
    await tell_paid(session, {item.id for sheet in sheets for item in sheet.items})
    return sheets


def payment_posting(sheet: Sheet, day: date) -> Posting:
    """Settles the sheet's items, and says what that is worth."""
    payment = sheet.payment
    entries = [
        settled_entry(payment, item, line.amount)
        for line, item in zip(sheet.lines, sheet.items, strict=True)
    ]
    return Posting(
        "payment_executed",
        payment.id,
        "payment",
        payment.id,
        payment.number,
        day,
        entries,
        invoices_of(sheet),
    )


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


TOLD = {"number", "supplier_id", "amount", "currency", "paid_on"}


def tell_executed(session: AsyncSession, sheet: Sheet) -> None:
    payment = sheet.payment
    told = PaymentExecuted(
        payment_id=payment.id,
        invoice_ids=invoices_of(sheet),
        **payment.model_dump(include=TOLD),
    )
    record(session, told)


def invoices_of(sheet: Sheet) -> tuple[UUID, ...]:
    return tuple(sorted(item.id for item in sheet.items))


async def judged(
    session: AsyncSession, batch: Batch, verb: str, actor: Actor, note: str | None = None
) -> list[Sheet]:
    """The payments under their locks, at the versions seen, as far as the verb may be done."""
    sheets = await locked_sheets(session, batch)
    for sheet in sheets:
        people = {"created_by": sheet.payment.created_by}
        with batch.judging(sheet.payment.id):
            LIFECYCLE.check(verb, sheet.payment.state, actor, people, note)
    return [sheet for sheet in sheets if batch.stands(sheet.payment.id)]


async def locked_sheets(session: AsyncSession, batch: Batch) -> list[Sheet]:
    """In the caller's order; locked in id order, so that lists cannot deadlock."""
    sheets: dict[UUID, Sheet] = {}
    given = {"ids": list(batch.seen), "company": teller(session).company_id}
    for payment, line, item, invoice in await session.execute(LOCK, given):
        sheet = sheets.setdefault(payment.id, Sheet(payment))
        sheet.lines.append(line)
        sheet.items.append(item)
        if invoice is not None:
            sheet.invoices.append(invoice)
    session.expunge_all()  # `keep` writes them, all together
    versions = {id: sheet.payment.version for id, sheet in sheets.items()}
    batch.expect(versions, lambda ids: PaymentUnknown(id=ids[0]))
    return [sheets[id] for id in batch.left()]


def subject_of(
    payment: Payment, lines: Sequence[PaymentLine], base: Decimal | None = None
) -> Subject:
    """What is to be approved; `base`, its worth in company currency, counts when it is asked."""
    sums = [(line.invoice_id, line.amount) for line in lines]
    return Subject(
        "payment",
        payment.id,
        payment.number,
        payment.version,
        payment.company_id,
        content(payment.number, payment.supplier_id, payment.currency, sums),
        {
            "supplier_id": str(payment.supplier_id),
            "amount": str(payment.amount),
            "currency": payment.currency,
            "invoices": [line.number for line in lines],
        },
        amount=base,
        authors=(payment.created_by,),
    )


def moved(payment: Payment, state: str) -> None:
    payment.state, payment.version = state, payment.version + 1


async def keep(session: AsyncSession, sheets: Sequence[Sheet], of_items: tuple[str, ...]) -> None:
    """Write payments and these columns of their items; what is settled in full is paid."""
    items = {item.id: item for sheet in sheets for item in sheet.items}
    paid = [
        invoice
        for sheet in sheets
        for invoice in sheet.invoices
        if not items[invoice.id].open_amount and invoice.state != "paid"
    ]
    for invoice in paid:
        invoice.state, invoice.version = "paid", invoice.version + 1
    await update_rows(
        session,
        (Payment, [sheet.payment for sheet in sheets], KEPT),
        (OpenItem, list(items.values()) if of_items else [], of_items),
        (SupplierInvoice, paid, ("state", "version")),
    )
