"""Goods counted and labelled at the gate."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.procurement.rows import ContextRow
from shared.tables import Document, Owned


class Arrival(Document, ContextRow, table=True):
    """One delivery against one order. `accepted` and `rejected` once quality has decided."""

    __table_args__ = (UniqueConstraint("company_id", "number"),)

    order_id: UUID = Field(foreign_key="purchase_order.id", index=True)
    order_number: str
    supplier_id: UUID
    arrived_on: date
    delivery_note: str
    accepted: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    rejected: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    inspected: bool = False
    invoiced: bool = False
    paid: bool = False


class ArrivalLine(Owned, ContextRow, table=True):
    """One arrival lot 进厂批号 with the maker's lot behind it."""

    __table_args__ = (
        UniqueConstraint("company_id", "lot_number"),
        CheckConstraint("quantity > 0 AND 0 <= returned AND returned <= quantity", name="returned"),
    )

    id: UUID = Field(primary_key=True)
    arrival_id: UUID = Field(foreign_key="arrival.id", index=True)
    order_line_id: UUID = Field(foreign_key="purchase_order_line.id", index=True)
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    lot_number: str
    maker_lot: str
    usable_until: date | None
    returned: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
