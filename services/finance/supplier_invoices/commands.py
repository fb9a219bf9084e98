"""Recording, matching, posting and resolving supplier invoices."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.finance.accruals.tables import Accrual
from services.finance.arrivals.commands import tell_invoiced
from services.finance.books.commands import lock_books, open_books
from services.finance.copies.queries import rate_on
from services.finance.copies.tables import PurchaseLineCopy
from services.finance.matching.commands import (
    accrual_entries,
    difference_entries,
    related,
    settle_accruals,
)
from services.finance.matching.queries import accruals_of, ordered, receipts, terms_of
from services.finance.matching.rules import (
    Invoiced,
    QuantityNotPayable,
    differences,
    match_receipts,
)
from services.finance.open_items.tables import OpenItem
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
from shared.contracts.finance.events import SupplierInvoiceHeld
from shared.contracts.finance.supplier_invoices import (
    Difference,
    RecordSupplierInvoice,
    ResolveSupplierInvoice,
)
from shared.database import AsyncSession, insert_all
from shared.decimals import cents
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.numbers import take_number
from shared.outbox import record, teller
from shared.session import now, today

Terms = Mapping[UUID, PurchaseLineCopy]


async def record_invoice(session: AsyncSession, wish: RecordSupplierInvoice, actor: Actor) -> UUID:
    """Record an invoice and match it: it is posted at once, or held with its differences."""
    await lock_books(session)
    await refuse_second(session, wish, actor)
    lines = [Invoiced(n, **line.model_dump()) for n, line in enumerate(wish.lines, 1)]
    named = [line.order_line_id for line in lines]
    terms, rows = await terms_of(session, named), await accruals_of(session, named)
    found = differences(wish.supplier_id, wish.currency, lines, ordered(terms), receipts(rows))
    rate = wish.rate or await rate_on(session, wish.currency, wish.invoiced_on)
    invoice = new_invoice(wish, lines, found, rate, actor)
    invoice.created_at = now(session)
    invoice.number = await take_number(session, actor.company_id, "SV", today(session))
    session.add(invoice)
    await session.flush()
    await insert_all(session, SupplierInvoiceLine, line_rows(invoice, lines, terms))
    if found:
        told = SupplierInvoiceHeld(
            invoice_id=invoice.id,
            number=invoice.number,
            supplier_id=invoice.supplier_id,
            differences=tuple(one.text_en for one in found),
        )
        record(session, told)
    else:
        await post_invoice(session, invoice, lines, terms, rows)
    return invoice.id


async def refuse_second(session: AsyncSession, wish: RecordSupplierInvoice, actor: Actor) -> None:
    known = await session.exec(
        select(SupplierInvoice.number).where(
            SupplierInvoice.company_id == actor.company_id,
            SupplierInvoice.supplier_id == wish.supplier_id,
            SupplierInvoice.supplier_number == wish.number,
        )
    )
    if number := known.first():
        raise InvoiceRecordedBefore(supplier_number=wish.number, recorded_as=number)


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
    invoice: SupplierInvoice, lines: Sequence[Invoiced], terms: Terms
) -> list[dict[str, Any]]:
    return [
        {
            "invoice_id": invoice.id,
            "company_id": invoice.company_id,
            "line": line.line,
            "order_line_id": line.order_line_id,
            "item_id": terms[line.order_line_id].item_id if line.order_line_id in terms else None,
            "quantity": line.quantity,
            "price": line.price,
            "tax_rate": line.tax_rate,
            "net": line.net,
            "tax": line.tax,
        }
        for line in lines
    ]


async def resolve_invoice(
    session: AsyncSession, id: UUID, wish: ResolveSupplierInvoice, actor: Actor
) -> None:
    """Decide about a held invoice. Accepting lifts a price, never a quantity (REQ-28)."""
    await lock_books(session)
    invoice = await invoice_for_update(session, id)
    expect_version(wish.version, invoice.version)
    people = {"created_by": invoice.created_by}
    LIFECYCLE.check("resolve", invoice.state, actor, people, wish.note)
    invoice.version += 1
    invoice.note, invoice.resolved_by = wish.note or "", actor.subject
    if wish.decision == "reject":
        invoice.state = "rejected"
        return
    lines = await invoiced_of(session, id)
    named = [line.order_line_id for line in lines]
    terms, rows = await terms_of(session, named), await accruals_of(session, named)
    found = differences(
        invoice.supplier_id, invoice.currency, lines, ordered(terms), receipts(rows)
    )
    if barred := [one for one in found if one.kind != "price"]:
        raise QuantityNotPayable(differences=[one.text_en for one in barred])
    await post_invoice(session, invoice, lines, terms, rows)


async def invoice_for_update(session: AsyncSession, id: UUID) -> SupplierInvoice:
    found = await session.exec(
        select(SupplierInvoice)
        .where(SupplierInvoice.id == id, SupplierInvoice.company_id == teller(session).company_id)
        .with_for_update()
    )
    invoice = found.first()
    if invoice is None:
        raise InvoiceUnknown(id=id)
    return invoice


async def invoiced_of(session: AsyncSession, id: UUID) -> list[Invoiced]:
    rows = await session.exec(
        select(SupplierInvoiceLine)
        .where(SupplierInvoiceLine.invoice_id == id)
        .order_by(col(SupplierInvoiceLine.line))
    )
    return [
        Invoiced(row.line, row.order_line_id, row.quantity, row.price, row.tax_rate) for row in rows
    ]


async def post_invoice(
    session: AsyncSession,
    invoice: SupplierInvoice,
    lines: Sequence[Invoiced],
    terms: Terms,
    rows: Sequence[Accrual],
) -> None:
    """220202 A, difference to stock or cost, 222105 T / 220201 G; and the payable stands."""
    await open_books(session)
    accruals = {row.id: row for row in rows}
    matches = match_receipts(lines, receipts(rows))
    differing, moves = await difference_entries(session, invoice.rate, lines, matches, terms)
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
    posted_on = await post_valued(session, posting, moves)
    invoice.state, invoice.posted_on = "posted", posted_on
    days = terms[lines[0].order_line_id].payment_days
    invoice.due_on = invoice.invoiced_on + timedelta(days=days)
    session.add(payable_of(invoice, header.amounts["gross"]))
    await settle_accruals(session, invoice.id, matches, accruals)
    await tell_invoiced(session, {match.receipt.arrival_id for match in matches})


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
