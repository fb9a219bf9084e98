"""Supplier invoices as they are shown."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from services.finance.matching.tables import InvoiceMatch
from services.finance.open_items.tables import OpenItem
from services.finance.supplier_invoices.rules import LIFECYCLE, InvoiceUnknown
from services.finance.supplier_invoices.tables import SupplierInvoice, SupplierInvoiceLine
from shared.actor import Actor
from shared.contracts.finance.supplier_invoices import SupplierInvoice as Shown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    SupplierInvoice,
    {"state": "in", "supplier_id": "ref", "invoiced_on": "range", "currency": "eq"},
    sort=("created_at", "invoiced_on", "number"),
    search=("number", "supplier_number"),
)
BILLING = {"held": "held", "posted": "unpaid", "paid": "paid", "rejected": "rejected"}


async def show_invoice(session: AsyncSession, id: UUID, actor: Actor) -> Shown:
    """An invoice with its lines, its differences and what may be done. Raises InvoiceUnknown."""
    invoice = await session.get(SupplierInvoice, id)
    if invoice is None or invoice.company_id != actor.company_id:
        raise InvoiceUnknown(id=id)
    rows = await session.exec(
        select(SupplierInvoiceLine)
        .where(SupplierInvoiceLine.invoice_id == id)
        .order_by(col(SupplierInvoiceLine.line))
    )
    matched = await session.exec(
        select(InvoiceMatch.line, func.sum(InvoiceMatch.accrued))
        .where(InvoiceMatch.invoice_id == id)
        .group_by(col(InvoiceMatch.line))
    )
    item = await session.get(OpenItem, id)
    return invoice_shown(
        invoice, list(rows), dict(list(matched)), item.open_amount if item else None, actor
    )


def invoice_shown(
    invoice: SupplierInvoice,
    lines: Sequence[SupplierInvoiceLine],
    accrued: Mapping[int, Decimal],
    open_amount: Decimal | None,
    actor: Actor,
) -> Shown:
    people = {"created_by": invoice.created_by}
    values = {
        **invoice.model_dump(),
        "lines": [line.model_dump() | {"accrued": accrued.get(line.line, 0)} for line in lines],
        "states": {"billing": BILLING[invoice.state]},
        "open_amount": open_amount,
        "allowed_actions": LIFECYCLE.allowed(invoice.state, actor, people),
    }
    return Shown.model_validate(values)
