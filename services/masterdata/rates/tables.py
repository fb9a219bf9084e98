"""Exchange rates by day."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import Master
from services.masterdata.rows import ContextRow


class ExchangeRate(Master, ContextRow, table=True):
    """Company currency per unit of `currency`, from `day` on until a later one."""

    __table_args__ = (
        UniqueConstraint("company_id", "currency", "day"),
        CheckConstraint("rate > 0", name="positive"),
    )

    currency: str
    day: date
    rate: Decimal = Field(max_digits=18, decimal_places=8)
