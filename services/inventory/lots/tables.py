"""Printed lots and their parts. Quality and blocks live on the part (decision 1)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, String, UniqueConstraint, text
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Owned, instant


class Lot(Owned, ContextRow, table=True):
    """One printed lot number of one item; on purchased goods our own arrival lot."""

    __table_args__ = (UniqueConstraint("company_id", "item_id", "number"),)

    id: UUID = Field(primary_key=True)
    item_id: UUID
    number: str = Field(index=True)
    maker_lot: str
    usable_until: date | None  # last usable day


class LotPart(Owned, ContextRow, table=True):
    """A quantity of one lot under one quality status; of a serial-tracked item, one unit.

    `expired` marks that the day's job has locked it; whether it may be used is always decided by
    `usable_until`.
    """

    __table_args__ = (
        CheckConstraint(
            "quality IN ('to_inspect', 'released', 'conceded', 'rejected', 'returned')",
            name="quality",
        ),
        Index("ix_lot_part_item", "company_id", "item_id"),
        Index("ix_lot_part_serial", "serial", postgresql_where=text("serial <> ''")),
        Index(
            "ix_lot_part_expiring",
            "usable_until",
            postgresql_where=text("NOT expired AND usable_until IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    lot_id: UUID = Field(foreign_key="lot.id", index=True)
    item_id: UUID
    lot_number: str
    serial: str = ""
    quality: str
    blocks: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    usable_until: date | None
    expired: bool = False
    source: str
    document_id: UUID  # arrival, production order, opening list
    line_id: UUID | None = Field(default=None, index=True)  # arrival line
    version: int = 1


class PartBlock(Owned, ContextRow, table=True):
    """One reason why a part must not be used, who set it and who lifted it."""

    __table_args__ = (
        CheckConstraint("kind IN ('held', 'quarantined', 'recalled')", name="kind"),
        Index(
            "uq_part_block_standing",
            "part_id",
            "kind",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    part_id: UUID = Field(foreign_key="lot_part.id")
    kind: str
    reason: str
    placed_by: str
    placed_at: datetime = instant()
    lifted_by: str | None = None
    lifted_reason: str | None = None
    lifted_at: datetime | None = instant(nullable=True)
