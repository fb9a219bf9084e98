"""Suppliers and what they are qualified for."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.masterdata.masters.tables import CodedMaster, Master
from services.masterdata.rows import ContextRow


class Supplier(CodedMaster, ContextRow, table=True):
    """Who sells to us. `locked`: a required qualification lapsed (REQ-08); set by rule only."""

    __table_args__ = (UniqueConstraint("company_id", "code"),)

    name: str
    currency: str
    payment_days: int
    locked: bool = False


class Qualification(Master, ContextRow, table=True):
    """A paper that a supplier holds, on the days it holds, both inclusive."""

    __table_args__ = (
        UniqueConstraint("supplier_id", "kind", "number"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
        Index("ix_qualification_kind_valid_to", "kind", "valid_to"),
    )

    supplier_id: UUID = Field(foreign_key="supplier.id")
    kind: str
    number: str
    scope: list[str] = Field(sa_type=JSONB)
    valid_from: date
    valid_to: date | None
