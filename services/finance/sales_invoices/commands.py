"""Asking for sales invoices, withdrawing and posting them."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

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
from services.finance.vouchers.commands import lock_books, post
from services.finance.vouchers.rules import Posting
from shared.actor import Actor
from shared.contracts.base import Done
from shared.contracts.finance.events import InvoicePosted
from shared.contracts.finance.invoices import RequestInvoice
from shared.database import AsyncSession, insert_all
from shared.lifecycle import expect_version
from shared.numbers import take_number
from shared.outbox import record, teller
from shared.session import now, today

WITHDRAWN = Decimal(0)


async def request_invoice(
    session: AsyncSession, id: UUID, wish: RequestInvoice, actor: Actor
) -> None:
    """Draft the invoice of a delivery; the same wish again changes nothing.

    It is a draft once finance has heard that the goods have left, and waits for that until then.
    """
    await lock_books(session)
    asked = wish.model_dump(mode="json")
    known = await invoice_for_update(session, id)
    if known is not None:
        if known.state == "cancelled":
            raise SalesInvoiceWithdrawn(id=id)
        if known.wish != asked:
            raise SalesInvoiceDiffers(id=id)
        return
    lines = priced_lines(wish)
    shipped = await shipped_quantities(session, id)
    invoice = await new_invoice(session, id, wish, lines, actor)
    invoice.state = "draft" if covered(lines, shipped) else "awaiting_shipment"
    session.add(invoice)
    await session.flush()
    await insert_all(session, SalesInvoiceLine, line_rows(invoice, lines))


async def new_invoice(
    session: AsyncSession, id: UUID, wish: RequestInvoice, lines: Sequence[Priced], actor: Actor
) -> SalesInvoice:
    net, tax = sum((one.net for one in lines), ZERO), sum((one.tax for one in lines), ZERO)
    return SalesInvoice(
        id=id,
        company_id=actor.company_id,
        number=await take_number(session, actor.company_id, "SI", today(session)),
        state="draft",
        created_by=actor.initiated_by or actor.subject,
        created_at=now(session),
        net=net,
        tax=tax,
        gross=net + tax,
        wish=wish.model_dump(mode="json"),
        **wish.model_dump(exclude={"lines"}),
    )


def line_rows(invoice: SalesInvoice, lines: Sequence[Priced]) -> list[dict[str, Any]]:
    return [
        {
            "invoice_id": invoice.id,
            "company_id": invoice.company_id,
            "line": one.line,
            "order_line_id": one.order_line_id,
            "item_id": one.item_id,
            "quantity": one.quantity,
            "price": one.price,
            "tax_rate": one.tax_rate,
            "net": one.net,
            "tax": one.tax,
        }
        for one in lines
    ]


async def withdraw_request(session: AsyncSession, id: UUID, actor: Actor) -> None:
    """Cancel a draft. A request that never came is refused when it comes after all."""
    await lock_books(session)
    invoice = await invoice_for_update(session, id)
    if invoice is None:
        session.add(withdrawn(id, actor, today(session), session))
        return
    if invoice.state not in WITHDRAWABLE:
        raise SalesInvoicePosted(number=invoice.number, state=invoice.state)
    if invoice.state != "cancelled":
        invoice.state, invoice.version = "cancelled", invoice.version + 1


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
    invoice = await invoice_for_update(session, delivery_id)
    if invoice is None or invoice.state != "awaiting_shipment":
        return
    shipped = await shipped_quantities(session, delivery_id)
    if covered(await lines_of(session, invoice), shipped):
        invoice.state, invoice.version = "draft", invoice.version + 1


async def post_invoice(session: AsyncSession, id: UUID, version: int, actor: Actor) -> Done:
    """Revenue, receivable and VAT stand in the books; sales and credit are told."""
    await lock_books(session)
    invoice = await invoice_for_update(session, id)
    if invoice is None:
        raise SalesInvoiceUnknown(id=id)
    expect_version(version, invoice.version)
    LIFECYCLE.check("post", invoice.state, actor)
    lines = await lines_of(session, invoice)
    assert not beyond(lines, await shipped_quantities(session, id))
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
    session.add(receivable_of(invoice, entries[-1].amounts["gross"]))
    tell_posted(session, invoice, lines)
    await tell_credit(session, invoice.customer_id)
    return Done(id=id, state=invoice.state, version=invoice.version)


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


async def invoice_for_update(session: AsyncSession, id: UUID) -> SalesInvoice | None:
    found = await session.exec(
        select(SalesInvoice)
        .where(SalesInvoice.id == id, SalesInvoice.company_id == teller(session).company_id)
        .with_for_update()
    )
    return found.first()


async def lines_of(session: AsyncSession, invoice: SalesInvoice) -> list[Priced]:
    rows = await session.exec(
        select(SalesInvoiceLine)
        .where(SalesInvoiceLine.invoice_id == invoice.id)
        .order_by(col(SalesInvoiceLine.line))
    )
    return [
        Priced(
            row.line,
            row.order_line_id,
            row.item_id,
            row.quantity,
            row.price,
            row.tax_rate,
            invoice.rate,
        )
        for row in rows
    ]


async def shipped_quantities(session: AsyncSession, delivery_id: UUID) -> dict[UUID, Decimal]:
    """What left the house with a delivery, by order line."""
    rows = await session.exec(
        select(DispatchedLine.order_line_id, func.sum(DispatchedLine.quantity))
        .where(
            DispatchedLine.company_id == teller(session).company_id,
            DispatchedLine.delivery_id == delivery_id,
        )
        .group_by(col(DispatchedLine.order_line_id))
    )
    return dict(list(rows))
