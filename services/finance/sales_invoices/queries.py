"""Sales invoices as they are shown."""

from uuid import UUID

from sqlmodel import col, select

from services.finance.open_items.tables import OpenItem
from services.finance.sales_invoices.rules import LIFECYCLE, SalesInvoiceUnknown
from services.finance.sales_invoices.tables import SalesInvoice, SalesInvoiceLine
from shared.actor import Actor
from shared.contracts.finance.receivables import SalesInvoice as Shown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    SalesInvoice,
    {"state": "in", "customer_id": "ref", "order_id": "ref", "posted_on": "range"},
    sort=("created_at", "number"),
    search=("number", "delivery_number", "order_number"),
)
BILLING = {
    "awaiting_shipment": "requested",
    "draft": "requested",
    "posted": "open",
    "paid": "paid",
    "cancelled": "cancelled",
}


async def show_invoice(session: AsyncSession, id: UUID, actor: Actor) -> Shown:
    invoice = await session.get(SalesInvoice, id)
    if invoice is None or invoice.company_id != actor.company_id:
        raise SalesInvoiceUnknown(id=id)
    rows = await session.exec(
        select(SalesInvoiceLine)
        .where(SalesInvoiceLine.invoice_id == id)
        .order_by(col(SalesInvoiceLine.line))
    )
    item = await session.get(OpenItem, id)
    values = {
        **invoice.model_dump(exclude={"wish"}),
        "lines": [row.model_dump() for row in rows],
        "states": {"billing": BILLING[invoice.state]},
        "open_amount": item.open_amount if item else None,
        "allowed_actions": LIFECYCLE.allowed(invoice.state, actor),
    }
    return Shown.model_validate(values)
