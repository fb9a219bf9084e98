"""Goods on their way to a customer."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Document, Owned


class Shipment(Document, ContextRow, table=True):
    """One delivery as the warehouse sees it; id and number are the delivery's.

    A cancelled one without number is a tombstone: the undo came before the wish.
    """

    __table_args__ = (
        CheckConstraint(
            "state IN ('planned', 'picked', 'checked', 'shipped', 'cancelled')", name="state"
        ),
    )

    order_id: UUID | None = Field(index=True)
    order_number: str = ""
    customer_id: UUID | None = None
    customer_name: str = ""
    address: str = ""
    asked: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    picked_by: str | None = None
    checked_by: str | None = None
    dispatched_by: str | None = None
    dispatched_on: date | None = None


class ShipmentLine(Owned, ContextRow, table=True):
    """How much of a sales order line goes out."""

    shipment_id: UUID = Field(foreign_key="shipment.id", primary_key=True)
    line_id: UUID = Field(primary_key=True)
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
