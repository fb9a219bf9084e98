"""Asking for sales invoices, withdrawing and posting them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

from services.finance.books.commands import lock_books
from services.finance.cost_of_sales.tables import DispatchedLine
from services.finance.open_items.commands import tell_credit
from services.finance.open_items.tables import OpenItem
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
from services.finance.vouchers.commands import post
from services.finance.vouchers.rules import Posting
from shared.actor import Actor
from shared.bulk import asking, insert_numbered, update_rows, write_rows
from shared.contracts.base import Done
from shared.contracts.finance.events import InvoicePosted
from shared.contracts.finance.invoices import RequestInvoice
from shared.database import AsyncSession
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.session import now, today

WITHDRAWN = Decimal(0)
POSTED = ("posted_on", "due_on", "state", "version", "posted_by")
SHEET = asking(
    select(SalesInvoice)
    .where(col(SalesInvoice.id) == bindparam("id"))
    .where(col(SalesInvoice.company_id) == bindparam("company")),
    select(SalesInvoiceLine)
    .where(col(SalesInvoiceLine.invoice_id) == bindparam("id"))
    .where(col(SalesInvoiceLine.company_id) == bindparam("company"))
    .order_by(col(SalesInvoiceLine.line)),
    select(DispatchedLine)
    .where(col(DispatchedLine.delivery_id) == bindparam("id"))
    .where(col(DispatchedLine.company_id) == bindparam("company")),
)


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


async def post_one(session: AsyncSession, id: UUID, version: int, actor: Actor) -> Done:
    """`post_invoice` for the list form."""
    invoice, _ = await post_invoice(session, id, version, actor)
    return Done(id=id, state=invoice.state, version=invoice.version)


async def post_invoice(
    session: AsyncSession, id: UUID, version: int, actor: Actor
) -> tuple[SalesInvoice, list[SalesInvoiceLine]]:
    """Revenue, receivable and VAT stand in the books; sales and credit are told."""
    sheet = await locked_sheet(session, id)
    invoice, lines = sheet.invoice, sheet.lines
    if invoice is None:
        raise SalesInvoiceUnknown(id=id)
    expect_version(version, invoice.version)
    LIFECYCLE.check("post", invoice.state, actor)
    assert not beyond(lines, sheet.shipped)
    day = max(today(session), invoice.shipped_on)
    entries = revenue_entries(
        lines, invoice.customer_id, invoice.order_id, invoice.currency, invoice.rate
    )
    posting = Posting(
        "sales_invoice_posted", id, "sales_invoice", id, invoice.number, day, entries,
        (invoice.order_id,),
    )  # fmt: skip
    invoice.posted_on = await post(session, posting)
    invoice.due_on = invoice.posted_on + timedelta(days=invoice.payment_days)
    invoice.state, invoice.version, invoice.posted_by = "posted", invoice.version + 1, actor.subject
    owed = receivable_of(invoice, entries[-1].amounts["gross"])
    await write_rows(session, [(SalesInvoice, [invoice], POSTED)], (OpenItem, [owed]))
    tell_posted(session, invoice, lines)
    await tell_credit(session, invoice.customer_id)
    return invoice, sheet.rows


def receivable_of(invoice: SalesInvoice, base: Decimal) -> OpenItem:
    assert invoice.posted_on is not None
    assert invoice.due_on is not None
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a command on an invoice looks at; rows outside the session."""

    invoice: SalesInvoice | None
    rows: list[SalesInvoiceLine]
    lines: list[Priced]  # the rows at the invoice's rate
    shipped: dict[UUID, Decimal]  # what left the house with the delivery, by order line


async def locked_sheet(session: AsyncSession, id: UUID) -> Sheet:
    """The invoice of a delivery under the books' lock, under which alone invoices change."""
    await lock_books(session)
    asked = {"id": id, "company": teller(session).company_id}
    invoices, rows, dispatched = await SHEET.of(session, **asked)
    invoice = invoices[0] if invoices else None
    shipped: dict[UUID, Decimal] = {}
    for one in dispatched:
        shipped[one.order_line_id] = shipped.get(one.order_line_id, ZERO) + one.quantity
    lines = [priced(row, invoice.rate) for row in rows] if invoice else []
    return Sheet(invoice, rows, lines, shipped)


def priced(row: SalesInvoiceLine, rate: Decimal) -> Priced:
    return Priced(
        row.line, row.order_line_id, row.item_id, row.quantity, row.price, row.tax_rate, rate
    )
