"""Goods on their way back to a supplier."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Document


class SupplierReturn(Document, ContextRow, table=True):
    """A return that procurement ordered; id and number are procurement's."""

    __table_args__ = (CheckConstraint("state IN ('open', 'dispatched')", name="state"),)

    arrival_id: UUID
    arrival_line_id: UUID = Field(index=True)
    order_id: UUID
    order_line_id: UUID
    supplier_id: UUID
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    reason: str
    dispatched_on: date | None = None
    dispatched_by: str | None = None
