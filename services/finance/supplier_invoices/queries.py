"""Supplier invoices as they are shown."""

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
    accrued = dict(list(matched))
    item = await session.get(OpenItem, id)
    values = {
        **invoice.model_dump(),
        "lines": [row.model_dump() | {"accrued": accrued.get(row.line, 0)} for row in rows],
        "states": {"billing": BILLING[invoice.state]},
        "open_amount": item.open_amount if item else None,
        "allowed_actions": LIFECYCLE.allowed(
            invoice.state, actor, {"created_by": invoice.created_by}
        ),
    }
    return Shown.model_validate(values)
