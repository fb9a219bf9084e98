"""Deliveries: what of an order goes out together, and its invoice."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.sales.rows import ContextRow
from shared.tables import Document, Owned


class Delivery(Document, ContextRow, table=True):
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index(None, "company_id", "state"),
        Index(None, "order_id"),
    )

    order_id: UUID = Field(foreign_key="sales_order.id")
    order_number: str
    customer_id: UUID
    address: str
    shipped_on: date | None = None
    shipment_number: str | None = None
    invoice_id: UUID | None = None
    invoice_number: str | None = None


class DeliveryLine(Owned, ContextRow, table=True):
    __table_args__ = (
        UniqueConstraint("delivery_id", "order_line_id"),
        CheckConstraint("quantity > 0 AND shipped >= 0 AND shipped <= quantity", name="quantity"),
    )

    id: UUID = Field(primary_key=True)
    delivery_id: UUID = Field(foreign_key="delivery.id")
    order_line_id: UUID = Field(foreign_key="sales_order_line.id")
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    shipped: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
