"""Recording, matching, posting and resolving supplier invoices."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

from services.finance.accruals.tables import Accrual
from services.finance.arrivals.commands import tell_invoiced
from services.finance.books.commands import lock_books, open_books
from services.finance.copies.queries import rate_on
from services.finance.matching.commands import (
    SETTLED,
    Known,
    accrual_entries,
    against,
    difference_entries,
    known_of,
    related,
    settle_accruals,
)
from services.finance.matching.queries import ordered, receipts
from services.finance.matching.rules import (
    Invoiced,
    QuantityNotPayable,
    accrued_by_line,
    differences,
    match_receipts,
)
from services.finance.matching.tables import InvoiceMatch
from services.finance.open_items.tables import OpenItem
from services.finance.periods.rules import posting_day
from services.finance.posting_rules.rules import Entry
from services.finance.supplier_invoices.rules import (
    LIFECYCLE,
    InvoiceRecordedBefore,
    InvoiceUnknown,
)
from services.finance.supplier_invoices.tables import SupplierInvoice, SupplierInvoiceLine
from services.finance.valuation.commands import post_valued
from services.finance.valuation.rules import ZERO
from services.finance.vouchers.rules import Posting
from shared.actor import Actor
from shared.bulk import asking, insert_numbered, update_rows, write_rows
from shared.contracts.finance.events import SupplierInvoiceHeld
from shared.contracts.finance.supplier_invoices import (
    Difference,
    RecordSupplierInvoice,
    ResolveSupplierInvoice,
)
from shared.database import AsyncSession
from shared.decimals import cents
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.session import now, today

SHEET = asking(
    select(SupplierInvoice)
    .where(col(SupplierInvoice.company_id) == bindparam("company"))
    .where(col(SupplierInvoice.supplier_id) == bindparam("supplier"))
    .where(col(SupplierInvoice.supplier_number) == bindparam("number")),
    *against(bindparam("named", expanding=True)),
)
LINES = select(SupplierInvoiceLine).where(col(SupplierInvoiceLine.invoice_id) == bindparam("id"))
HELD = asking(
    select(SupplierInvoice)
    .where(col(SupplierInvoice.company_id) == bindparam("company"))
    .where(col(SupplierInvoice.id) == bindparam("id")),
    LINES.order_by(col(SupplierInvoiceLine.line)),
    *against(LINES.with_only_columns(col(SupplierInvoiceLine.order_line_id))),
)
DECIDED = ("state", "version", "note", "resolved_by", "posted_on", "due_on")


class Outcome(NamedTuple):
    """An invoice as it was left, what of 220202 each line took back, and what is owed on it."""

    invoice: SupplierInvoice
    rows: Sequence[SupplierInvoiceLine]
    accrued: Mapping[int, Decimal] = {}
    open_amount: Decimal | None = None


async def record_invoice(
    session: AsyncSession, wish: RecordSupplierInvoice, actor: Actor
) -> Outcome:
    """Record an invoice and match it: it is posted at once, or held with its differences."""
    await lock_books(session)
    lines = [Invoiced(n, **line.model_dump()) for n, line in enumerate(wish.lines, 1)]
    known = await unrecorded(session, wish, [line.order_line_id for line in lines])
    found = differences(
        wish.supplier_id, wish.currency, lines, ordered(known.terms), receipts(known.accruals)
    )
    rate = wish.rate or await rate_on(session, wish.currency, wish.invoiced_on)
    invoice = new_invoice(wish, lines, found, rate, actor)
    invoice.created_at = now(session)
    if not found:
        await enter(session, invoice, known, lines)
    rows = line_rows(invoice, lines, known)
    await insert_numbered(session, "SV", today(session), [invoice], (SupplierInvoiceLine, rows))
    if not found:
        return await post_invoice(session, invoice, rows, lines, known)
    told = SupplierInvoiceHeld(
        invoice_id=invoice.id,
        number=invoice.number,
        supplier_id=invoice.supplier_id,
        differences=tuple(one.text_en for one in found),
    )
    record(session, told)
    return Outcome(invoice, rows)


async def unrecorded(
    session: AsyncSession, wish: RecordSupplierInvoice, order_lines: Sequence[UUID]
) -> Known:
    """What the invoice is matched against. Raises InvoiceRecordedBefore."""
    asked = {"company": teller(session).company_id, "named": list(order_lines)}
    second, terms, accruals, items, values = await SHEET.of(
        session, **asked, supplier=wish.supplier_id, number=wish.number
    )
    if second:
        raise InvoiceRecordedBefore(supplier_number=wish.number, recorded_as=second[0].number)
    return known_of(terms, accruals, items, values)


def new_invoice(
    wish: RecordSupplierInvoice,
    lines: Sequence[Invoiced],
    found: Sequence[Difference],
    rate: Decimal,
    actor: Actor,
) -> SupplierInvoice:
    net, tax = sum((line.net for line in lines), ZERO), sum((line.tax for line in lines), ZERO)
    return SupplierInvoice(
        id=new_id(),
        company_id=actor.company_id,
        number="",
        state="held",
        created_by=actor.subject,
        supplier_number=wish.number,
        supplier_id=wish.supplier_id,
        invoiced_on=wish.invoiced_on,
        currency=wish.currency,
        rate=rate,
        net=net,
        tax=tax,
        gross=net + tax,
        differences=[one.model_dump(mode="json") for one in found],
    )


def line_rows(
    invoice: SupplierInvoice, lines: Sequence[Invoiced], known: Known
) -> list[SupplierInvoiceLine]:
    return [
        SupplierInvoiceLine(
            invoice_id=invoice.id,
            company_id=invoice.company_id,
            line=line.line,
            order_line_id=line.order_line_id,
            item_id=terms.item_id if (terms := known.terms.get(line.order_line_id)) else None,
            quantity=line.quantity,
            price=line.price,
            tax_rate=line.tax_rate,
            net=line.net,
            tax=line.tax,
        )
        for line in lines
    ]


async def resolve_invoice(
    session: AsyncSession, id: UUID, wish: ResolveSupplierInvoice, actor: Actor
) -> Outcome:
    """Decide about a held invoice. Accepting lifts a price, never a quantity (REQ-28)."""
    await lock_books(session)
    asked = {"company": teller(session).company_id, "id": id}
    invoices, rows, terms, accruals, items, values = await HELD.of(session, **asked)
    if not invoices:
        raise InvoiceUnknown(id=id)
    [invoice] = invoices
    expect_version(wish.version, invoice.version)
    people = {"created_by": invoice.created_by}
    LIFECYCLE.check("resolve", invoice.state, actor, people, wish.note)
    invoice.version += 1
    invoice.note, invoice.resolved_by = wish.note or "", actor.subject
    if wish.decision == "reject":
        invoice.state = "rejected"
        await update_rows(session, (SupplierInvoice, [invoice], DECIDED))
        return Outcome(invoice, rows)
    lines, known = invoiced_of(rows), known_of(terms, accruals, items, values)
    refuse_all_but_price(invoice, lines, known)
    await enter(session, invoice, known, lines)
    return await post_invoice(session, invoice, rows, lines, known)


def refuse_all_but_price(invoice: SupplierInvoice, lines: Sequence[Invoiced], known: Known) -> None:
    found = differences(
        invoice.supplier_id,
        invoice.currency,
        lines,
        ordered(known.terms),
        receipts(known.accruals),
    )
    if barred := [one for one in found if one.kind != "price"]:
        raise QuantityNotPayable(differences=[one.text_en for one in barred])


def invoiced_of(rows: Sequence[SupplierInvoiceLine]) -> list[Invoiced]:
    return [
        Invoiced(row.line, row.order_line_id, row.quantity, row.price, row.tax_rate) for row in rows
    ]


async def enter(
    session: AsyncSession, invoice: SupplierInvoice, known: Known, lines: Sequence[Invoiced]
) -> None:
    """Mark the invoice posted, on the day that takes it."""
    books = await open_books(session)
    invoice.state = "posted"
    invoice.posted_on, _ = posting_day(invoice.invoiced_on, books.periods)
    days = known.terms[lines[0].order_line_id].payment_days
    invoice.due_on = invoice.invoiced_on + timedelta(days=days)


async def post_invoice(
    session: AsyncSession,
    invoice: SupplierInvoice,
    rows: Sequence[SupplierInvoiceLine],
    lines: Sequence[Invoiced],
    known: Known,
) -> Outcome:
    """220202 A, difference to stock or cost, 222105 T / 220201 G; and the payable stands."""
    accruals = {row.id: row for row in known.accruals}
    matches = match_receipts(lines, receipts(known.accruals))
    differing, moves = difference_entries(invoice.rate, lines, matches, known)
    header = header_entry(invoice, lines)
    posting = Posting(
        "supplier_invoice_matched",
        invoice.id,
        "supplier_invoice",
        invoice.id,
        invoice.number,
        invoice.invoiced_on,
        [*accrual_entries(matches, accruals), *differing, header],
        related(matches, accruals),
    )
    await post_valued(session, posting, moves)
    matched = settle_accruals(invoice.id, matches, accruals)
    owed = payable_of(invoice, header.amounts["gross"])
    await write_rows(
        session,
        [
            (SupplierInvoice, [invoice], DECIDED),
            (Accrual, list(accruals.values()), SETTLED),
        ],
        (OpenItem, [owed]),
        (InvoiceMatch, matched),
    )
    await tell_invoiced(session, {match.receipt.arrival_id for match in matches})
    accrued = accrued_by_line(matches)
    return Outcome(invoice, rows, accrued, owed.open_amount)


def header_entry(invoice: SupplierInvoice, lines: Sequence[Invoiced]) -> Entry:
    """Tax and gross in company currency; net is rounded by line, as the lines are."""
    net = sum((cents(line.net * invoice.rate) for line in lines), ZERO)
    tax = cents(invoice.tax * invoice.rate)
    return Entry(
        {"tax": tax, "gross": net + tax},
        partner_id=invoice.supplier_id,
        currency=invoice.currency,
        rate=invoice.rate,
        foreign={"tax": invoice.tax, "gross": invoice.gross},
    )


def payable_of(invoice: SupplierInvoice, base: Decimal) -> OpenItem:
    assert invoice.posted_on is not None
    assert invoice.due_on is not None
    return OpenItem(
        id=invoice.id,
        company_id=invoice.company_id,
        kind="payable",
        partner_id=invoice.supplier_id,
        number=invoice.number,
        currency=invoice.currency,
        amount=invoice.gross,
        open_amount=invoice.gross,
        base=base,
        open_base=base,
        posted_on=invoice.posted_on,
        due_on=invoice.due_on,
    )
