"""Sales orders: what a customer is promised, at which price, and what of it has left."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from services.sales.rows import ContextRow
from shared.tables import Document, Owned

ZERO = Decimal(0)


class SalesOrder(Document, ContextRow, table=True):
    """The head. Amounts in the order's currency; `_base` in company currency at `rate`."""

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index(None, "company_id", "state"),
        Index(None, "customer_id"),
        CheckConstraint("rate > 0 AND gross = net + tax", name="amounts"),
    )

    customer_id: UUID
    customer_reference: str = ""
    ordered_on: date
    currency: str
    rate: Decimal = Field(max_digits=18, decimal_places=8)  # company currency per unit
    payment_days: int
    net: Decimal = Field(max_digits=18, decimal_places=2)
    tax: Decimal = Field(max_digits=18, decimal_places=2)
    gross: Decimal = Field(max_digits=18, decimal_places=2)
    gross_base: Decimal = Field(max_digits=18, decimal_places=2)
    invoiced_base: Decimal = Field(default=ZERO, max_digits=18, decimal_places=2)
    logistics: str = "none"  # none, waiting, allocated, partially_shipped, shipped, released
    billing: str = "unbilled"  # unbilled, partially_billed, billed
    submitted_by: str | None = None
    approved_on: date | None = None
    ended_because: str = ""  # why it was rejected or cancelled


class SalesOrderLine(Owned, ContextRow, table=True):
    """One line. Quantities in stock units, price net per stock unit."""

    __table_args__ = (
        Index(None, "order_id", "line", unique=True, postgresql_where=text("active")),
        CheckConstraint("quantity > 0 AND price >= 0", name="positive"),
        CheckConstraint("tax_rate >= 0 AND tax_rate <= 1", name="tax_rate"),
        CheckConstraint(
            "shipped >= 0 AND delivering >= 0 AND shipped + delivering <= quantity", name="shipped"
        ),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="sales_order.id", index=True)
    line: int
    active: bool = True  # False: replaced by a change
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    price: Decimal = Field(max_digits=18, decimal_places=6)
    tax_rate: Decimal = Field(max_digits=7, decimal_places=6)
    net: Decimal = Field(max_digits=18, decimal_places=2)
    tax: Decimal = Field(max_digits=18, decimal_places=2)
    gross: Decimal = Field(max_digits=18, decimal_places=2)
    due_on: date
    delivering: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
    shipped: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
