"""Goods that go back to the supplier."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.procurement.rows import ContextRow
from shared.tables import Document


class SupplierReturn(Document, ContextRow, table=True):
    """A part of one arrival lot; `replace`: it is to be delivered again on the same order."""

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    arrival_id: UUID = Field(foreign_key="arrival.id", index=True)
    arrival_line_id: UUID = Field(foreign_key="arrival_line.id", index=True)
    order_id: UUID = Field(foreign_key="purchase_order.id", index=True)
    supplier_id: UUID
    item_id: UUID
    lot_number: str
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    reason: str
    replace: bool
    returned_on: date
