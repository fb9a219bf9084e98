"""Inspection lots."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from services.quality.rows import ContextRow
from shared.platform_tables import json_column
from shared.tables import Document, instant


def quantity_column(*, zero: bool = True) -> Any:
    default = Decimal(0) if zero else ...
    return Field(default=default, sa_column=Column(Numeric(18, 6), nullable=False))


class Inspection(ContextRow, Document, table=True):
    """One lot under inspection: what it came from, what was found, what was decided."""

    __table_args__: ClassVar[Any] = (
        CheckConstraint("stage IN ('incoming', 'final')", name="stage"),
        CheckConstraint(
            "decided_on IS NULL OR accepted + conceded + rejected = quantity", name="decided_whole"
        ),
        CheckConstraint("0 < quantity AND 0 <= defects AND inspected <= quantity", name="amounts"),
        Index("ix_inspection_source", "source_id"),
        Index("uq_inspection_number", "company_id", "number", unique=True),
        Index("ix_inspection_state", "company_id", "state", "number"),
    )

    stage: str
    source_id: UUID  # arrival or production order
    source_number: str
    line_id: UUID
    item_id: UUID
    lot_number: str = Field(index=True)
    quantity: Decimal = quantity_column(zero=False)
    exempt: Decimal = quantity_column()  # of the whole source: what needs no inspection
    made_by: list[str] = Field(sa_column=Column(ARRAY(TEXT), nullable=False))
    opened_on: date
    characteristics: list[dict[str, Any]] = json_column()
    inspected: Decimal = quantity_column()
    defects: Decimal = quantity_column()
    measurements: list[dict[str, Any]] = json_column()
    note: str = ""
    recorded_by: str | None = None
    recorded_at: datetime | None = instant(nullable=True)
    accepted: Decimal = quantity_column()
    conceded: Decimal = quantity_column()
    rejected: Decimal = quantity_column()
    reason: str = ""
    decided_by: str | None = None
    decided_on: date | None = None
