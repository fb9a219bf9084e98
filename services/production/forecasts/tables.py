"""What is expected to be sold beside the orders that are known."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.production.rows import ContextRow
from shared.tables import Owned


class Forecast(Owned, ContextRow, table=True):
    """So much of an item is expected on a day, of which known orders are part (consumption)."""

    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    company_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    version: int = 1
