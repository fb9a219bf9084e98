"""Purchased goods as they arrive."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Owned


class ReceiptLine(Owned, ContextRow, table=True):
    """One arrival line in our hands; its id is the arrival line's."""

    __table_args__ = (
        CheckConstraint("state IN ('arrived', 'inspected')", name="state"),
        CheckConstraint("accepted + conceded + rejected <= quantity", name="shares"),
        Index("ix_receipt_line_state", "company_id", "state"),
    )

    id: UUID = Field(primary_key=True)
    state: str
    version: int = 1
    arrival_id: UUID = Field(index=True)
    arrival_number: str
    order_id: UUID
    order_number: str
    order_line_id: UUID
    supplier_id: UUID
    item_id: UUID
    part_id: UUID = Field(foreign_key="lot_part.id")
    lot_number: str
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    accepted: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    conceded: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    rejected: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    arrived_on: date
