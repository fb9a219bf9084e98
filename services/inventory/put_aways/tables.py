"""Goods that wait to be brought to their bin."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Owned, instant


class PutAway(Owned, ContextRow, table=True):
    """Bring a part from where it was received to a bin of the released zone."""

    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'cancelled')", name="state"),
        Index("ix_put_away_state", "company_id", "state"),
    )

    id: UUID = Field(primary_key=True)
    state: str = "open"
    version: int = 1
    part_id: UUID = Field(foreign_key="lot_part.id", index=True)
    item_id: UUID
    lot_number: str
    from_bin_id: UUID = Field(foreign_key="bin.id")
    suggested_bin_id: UUID | None = Field(foreign_key="bin.id")
    bin_id: UUID | None = Field(default=None, foreign_key="bin.id")  # where it was brought
    document_id: UUID
    document_number: str
    reason: str = ""
    opened_at: datetime = instant()
    done_by: str | None = None
    done_at: datetime | None = instant(nullable=True)
