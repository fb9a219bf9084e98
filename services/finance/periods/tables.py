"""Accounting periods."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Owned


class FiscalPeriod(Owned, ContextRow, table=True):
    """One calendar month. `last_number` counts its vouchers, without gaps."""

    __table_args__ = (
        UniqueConstraint("company_id", "period"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("first <= last", name="days"),
    )

    id: UUID = Field(primary_key=True)
    period: str  # 202611
    first: date
    last: date
    state: str
    version: int = 1
    last_number: int = 0
    opened_by: str
    closed_by: str | None = None
