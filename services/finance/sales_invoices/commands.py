"""Asking for sales invoices, withdrawing and posting them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

from services.finance.books.commands import lock_books
from services.finance.cost_of_sales.tables import DispatchedLine
from services.finance.open_items.commands import tell_credit
from services.finance.open_items.tables import OpenItem
from services.finance.posting_rules.rules import Entry
from services.finance.sales_invoices.rules import (
    LIFECYCLE,
    WITHDRAWABLE,
    Priced,
    SalesInvoiceDiffers,
    SalesInvoicePosted,
    SalesInvoiceUnknown,
    SalesInvoiceWithdrawn,
    beyond,
    covered,
    priced_lines,
    revenue_entries,
)
from services.finance.sales_invoices.tables import SalesInvoice, SalesInvoiceLine
from services.finance.valuation.rules import ZERO
from services.finance.vouchers.commands import post_all
from services.finance.vouchers.rules import Posting
from shared.actor import Actor
from shared.batches import Batch
from shared.bulk import asking, insert_numbered, update_rows, write_rows
from shared.contracts.finance.events import InvoicePosted
from shared.contracts.finance.invoices import RequestInvoice
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.session import now, today

WITHDRAWN = Decimal(0)
POSTED = ("posted_on", "due_on", "state", "version", "posted_by")
SHEETS = asking(
    select(SalesInvoice)
    .where(col(SalesInvoice.id).in_(bindparam("ids", expanding=True)))
    .where(col(SalesInvoice.company_id) == bindparam("company")),
    select(SalesInvoiceLine)
    .where(col(SalesInvoiceLine.invoice_id).in_(bindparam("ids", expanding=True)))
    .where(col(SalesInvoiceLine.company_id) == bindparam("company"))
    .order_by(col(SalesInvoiceLine.invoice_id), col(SalesInvoiceLine.line)),
    select(DispatchedLine)
    .where(col(DispatchedLine.delivery_id).in_(bindparam("ids", expanding=True)))
    .where(col(DispatchedLine.company_id) == bindparam("company")),
)


@dataclass(slots=True)
class Sheet:
    """All that a command on an invoice looks at; rows outside the session."""

    invoice: SalesInvoice | None = None
    rows: list[SalesInvoiceLine] = field(default_factory=list[SalesInvoiceLine])
    lines: list[Priced] = field(default_factory=list[Priced])  # the rows at the invoice's rate
    shipped: dict[UUID, Decimal] = field(default_factory=dict[UUID, Decimal])  # by order line


async def request_invoice(
    session: AsyncSession, id: UUID, wish: RequestInvoice, actor: Actor
) -> tuple[SalesInvoice, list[SalesInvoiceLine]]:
    """Draft the invoice of a delivery; the same wish again changes nothing.

    It is a draft once finance has heard that the goods have left, and waits for that until then.
    """
    sheet = await locked_sheet(session, id)
    if sheet.invoice is not None:
        if sheet.invoice.state == "cancelled":
            raise SalesInvoiceWithdrawn(id=id)
        if sheet.invoice.wish != wish.model_dump(mode="json"):
            raise SalesInvoiceDiffers(id=id)
        return sheet.invoice, sheet.rows
    lines = priced_lines(wish)
    invoice = new_invoice(session, id, wish, lines, actor)
    invoice.state = "draft" if covered(lines, sheet.shipped) else "awaiting_shipment"
    rows = line_rows(invoice, lines)
    await insert_numbered(session, "SI", today(session), [invoice], (SalesInvoiceLine, rows))
    return invoice, rows


def new_invoice(
    session: AsyncSession, id: UUID, wish: RequestInvoice, lines: Sequence[Priced], actor: Actor
) -> SalesInvoice:
    net, tax = sum((one.net for one in lines), ZERO), sum((one.tax for one in lines), ZERO)
    return SalesInvoice(
        id=id,
        company_id=actor.company_id,
        number="",
        state="draft",
        created_by=actor.initiated_by or actor.subject,
        created_at=now(session),
        net=net,
        tax=tax,
        gross=net + tax,
        wish=wish.model_dump(mode="json"),
        **wish.model_dump(exclude={"lines"}),
    )


def line_rows(invoice: SalesInvoice, lines: Sequence[Priced]) -> list[SalesInvoiceLine]:
    return [
        SalesInvoiceLine(
            invoice_id=invoice.id,
            company_id=invoice.company_id,
            line=one.line,
            order_line_id=one.order_line_id,
            item_id=one.item_id,
            quantity=one.quantity,
            price=one.price,
            tax_rate=one.tax_rate,
            net=one.net,
            tax=one.tax,
        )
        for one in lines
    ]


async def withdraw_request(session: AsyncSession, id: UUID, actor: Actor) -> None:
    """Cancel a draft. A request that never came is refused when it comes after all."""
    invoice = (await locked_sheet(session, id)).invoice
    if invoice is None:
        if await session.get(SalesInvoice, id) is not None:
            raise SalesInvoiceUnknown(id=id)  # another company's
        session.add(withdrawn(id, actor, today(session), session))
        return
    if invoice.state not in WITHDRAWABLE:
        raise SalesInvoicePosted(number=invoice.number, state=invoice.state)
    if invoice.state != "cancelled":
        await moved(session, invoice, "cancelled")


def withdrawn(id: UUID, actor: Actor, day: date, session: AsyncSession) -> SalesInvoice:
    return SalesInvoice(
        id=id,
        company_id=actor.company_id,
        number=f"withdrawn-{id}",
        state="cancelled",
        created_by=actor.initiated_by or actor.subject,
        created_at=now(session),
        delivery_number="",
        order_id=id,
        order_number="",
        customer_id=id,
        currency="CNY",
        rate=Decimal(1),
        net=WITHDRAWN,
        tax=WITHDRAWN,
        gross=WITHDRAWN,
        payment_days=0,
        shipped_on=day,
        wish={},
    )


async def note_shipment(session: AsyncSession, delivery_id: UUID) -> None:
    """The delivery's goods have left: its invoice may be posted."""
    sheet = await locked_sheet(session, delivery_id)
    if sheet.invoice is None or sheet.invoice.state != "awaiting_shipment":
        return
    if covered(sheet.lines, sheet.shipped):
        await moved(session, sheet.invoice, "draft")


async def moved(session: AsyncSession, invoice: SalesInvoice, state: str) -> None:
    """Give the invoice another state."""
    invoice.state, invoice.version = state, invoice.version + 1
    await update_rows(session, (SalesInvoice, [invoice], ("state", "version")))


async def post_invoices(
    session: AsyncSession, batch: Batch, actor: Actor
) -> list[tuple[SalesInvoice, list[SalesInvoiceLine]]]:
    """Revenue, receivable and VAT stand in the books; sales and credit are told."""
    sheets = await locked_sheets(session, batch.seen)
    versions = {id: one.invoice.version for id, one in sheets.items() if one.invoice}
    batch.expect(versions, lambda ids: SalesInvoiceUnknown(id=ids[0]))
    wanted = [(sheets[id], invoice) for id in batch.left() if (invoice := sheets[id].invoice)]
    for sheet, invoice in wanted:
        with batch.judging(invoice.id):
            LIFECYCLE.check("post", invoice.state, actor)
            assert not beyond(sheet.lines, sheet.shipped)
    judged = [one for one in wanted if batch.stands(one[1].id)]
    days = await post_all(session, [revenue(session, *one) for one in judged])
    for (_, invoice), day in zip(judged, days, strict=True):
        invoice.posted_on, invoice.due_on = day, day + timedelta(days=invoice.payment_days)
        invoice.state, invoice.version = "posted", invoice.version + 1
        invoice.posted_by = actor.subject
    owed = [receivable_of(sheet, invoice) for sheet, invoice in judged]
    invoices = [invoice for _, invoice in judged]
    await write_rows(session, [(SalesInvoice, invoices, POSTED)], (OpenItem, owed))
    for sheet, invoice in judged:
        tell_posted(session, invoice, sheet.lines)
    await tell_credit(session, {invoice.customer_id for invoice in invoices})
    return [(invoice, sheet.rows) for sheet, invoice in judged]


def revenue(session: AsyncSession, sheet: Sheet, invoice: SalesInvoice) -> Posting:
    return Posting(
        "sales_invoice_posted",
        invoice.id,
        "sales_invoice",
        invoice.id,
        invoice.number,
        max(today(session), invoice.shipped_on),
        entries_of(sheet, invoice),
        (invoice.order_id,),
    )


def entries_of(sheet: Sheet, invoice: SalesInvoice) -> list[Entry]:
    return revenue_entries(
        sheet.lines, invoice.customer_id, invoice.order_id, invoice.currency, invoice.rate
    )


def receivable_of(sheet: Sheet, invoice: SalesInvoice) -> OpenItem:
    assert invoice.posted_on is not None
    assert invoice.due_on is not None
    base = sum((one.net_base + one.tax_base for one in sheet.lines), ZERO)
    return OpenItem(
        id=invoice.id,
        company_id=invoice.company_id,
        kind="receivable",
        partner_id=invoice.customer_id,
        number=invoice.number,
        currency=invoice.currency,
        amount=invoice.gross,
        open_amount=invoice.gross,
        base=base,
        open_base=base,
        posted_on=invoice.posted_on,
        due_on=invoice.due_on,
    )


def tell_posted(session: AsyncSession, invoice: SalesInvoice, lines: Sequence[Priced]) -> None:
    assert invoice.posted_on is not None
    told = tuple(
        InvoicePosted.Line(
            order_line_id=one.order_line_id,
            item_id=one.item_id,
            quantity=one.quantity,
            net=one.net_base,
            tax=one.tax_base,
        )
        for one in lines
    )
    record(
        session,
        InvoicePosted(
            saga_id=invoice.id,
            invoice_id=invoice.id,
            lines=told,
            **invoice.model_dump(include=TOLD),
        ),
    )


TOLD = {"number", "order_id", "customer_id", "currency", "net", "tax", "gross", "posted_on"}


async def locked_sheet(session: AsyncSession, id: UUID) -> Sheet:
    """The invoice of a delivery under the books' lock, under which alone invoices change."""
    return (await locked_sheets(session, [id]))[id]


async def locked_sheets(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Sheet]:
    """The same of several deliveries, by id; one without an invoice has an empty sheet."""
    await lock_books(session)
    asked = {"ids": list(ids), "company": teller(session).company_id}
    invoices, rows, dispatched = await SHEETS.of(session, **asked)
    sheets = {id: Sheet() for id in ids}
    for invoice in invoices:
        sheets[invoice.id].invoice = invoice
    for row in rows:
        sheet = sheets[row.invoice_id]
        sheet.rows.append(row)
        if sheet.invoice:
            sheet.lines.append(priced(row, sheet.invoice.rate))
    for one in dispatched:
        shipped = sheets[one.delivery_id].shipped
        shipped[one.order_line_id] = shipped.get(one.order_line_id, ZERO) + one.quantity
    return sheets


def priced(row: SalesInvoiceLine, rate: Decimal) -> Priced:
    return Priced(
        row.line, row.order_line_id, row.item_id, row.quantity, row.price, row.tax_rate, rate
    )
