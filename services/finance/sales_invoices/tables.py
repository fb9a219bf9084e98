"""Sales invoices: one per delivery."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Document, Owned


class SalesInvoice(Document, ContextRow, table=True):
    """Asked for by sales with the delivery's id, posted by a finance clerk.

    `wish` keeps what was asked, so that the same request again answers the same. A request that
    was withdrawn before it came leaves a cancelled row without content.
    """

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        CheckConstraint(
            "state IN ('awaiting_shipment', 'draft', 'posted', 'paid', 'cancelled')", name="state"
        ),
        CheckConstraint("gross = net + tax", name="gross"),
    )

    delivery_number: str
    order_id: UUID
    order_number: str
    customer_id: UUID
    currency: str
    rate: Decimal = Field(max_digits=18, decimal_places=8)
    net: Decimal = Field(max_digits=18, decimal_places=2)
    tax: Decimal = Field(max_digits=18, decimal_places=2)
    gross: Decimal = Field(max_digits=18, decimal_places=2)
    payment_days: int
    shipped_on: date
    posted_on: date | None = None
    due_on: date | None = None
    posted_by: str | None = None
    wish: dict[str, object] = Field(sa_column=Column(JSONB, nullable=False))


class SalesInvoiceLine(Owned, ContextRow, table=True):
    invoice_id: UUID = Field(foreign_key="sales_invoice.id", primary_key=True)
    line: int = Field(primary_key=True)
    order_line_id: UUID
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    price: Decimal = Field(max_digits=18, decimal_places=6)
    tax_rate: Decimal = Field(max_digits=7, decimal_places=6)
    net: Decimal = Field(max_digits=18, decimal_places=2)
    tax: Decimal = Field(max_digits=18, decimal_places=2)
