"""Material on its way to production, and back."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Document, Owned


class Issue(Document, ContextRow, table=True):
    """Everything a production order had held, handed out at once."""

    __table_args__ = (UniqueConstraint("company_id", "number"), UniqueConstraint("order_id"))

    order_id: UUID
    order_number: str
    issued_on: date


class IssueLine(Owned, ContextRow, table=True):
    """A part of a component line's material, and how much of it came back."""

    __table_args__ = (CheckConstraint("0 <= returned AND returned <= quantity", name="returned"),)

    id: UUID = Field(primary_key=True)  # the pick's
    issue_id: UUID = Field(foreign_key="issue.id", index=True)
    line_id: UUID
    item_id: UUID
    part_id: UUID = Field(foreign_key="lot_part.id")
    lot_id: UUID
    lot_number: str
    serial: str
    bin_id: UUID = Field(foreign_key="bin.id")
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    returned: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    serves: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
