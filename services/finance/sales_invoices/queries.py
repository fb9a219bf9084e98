"""Sales invoices as they are shown."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

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


# The invoice, its lines and what is still owed, in one look.
LOOK = (
    select(SalesInvoice, SalesInvoiceLine, col(OpenItem.open_amount))
    .outerjoin(SalesInvoiceLine, col(SalesInvoiceLine.invoice_id) == col(SalesInvoice.id))
    .outerjoin(OpenItem, col(OpenItem.id) == col(SalesInvoice.id))
    .where(col(SalesInvoice.id) == bindparam("id"), col(SalesInvoice.company_id) == bindparam("us"))
    .order_by(col(SalesInvoiceLine.line))
)


async def show_invoice(session: AsyncSession, id: UUID, actor: Actor) -> Shown:
    found = (await session.execute(LOOK, {"id": id, "us": actor.company_id})).all()
    if not found:
        raise SalesInvoiceUnknown(id=id)
    invoice, _, open_amount = found[0]
    return invoice_shown(
        invoice, [line for _, line, _ in found if line is not None], open_amount, actor
    )


def invoice_shown(
    invoice: SalesInvoice,
    lines: Sequence[SalesInvoiceLine],
    open_amount: Decimal | None,
    actor: Actor,
) -> Shown:
    values = {
        **invoice.model_dump(exclude={"wish"}),
        "lines": [line.model_dump() for line in lines],
        "states": {"billing": BILLING[invoice.state]},
        "open_amount": open_amount,
        "allowed_actions": LIFECYCLE.allowed(invoice.state, actor),
    }
    return Shown.model_validate(values)
