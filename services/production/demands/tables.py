"""What others ask production to cover."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.production.rows import ContextRow
from shared.tables import Document, Owned


class Demand(Document, ContextRow, table=True):
    """A document of another context that lacks stock. Id and number are that document's."""

    __table_args__ = (Index(None, "company_id", "state"),)


class DemandLine(Owned, ContextRow, table=True):
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    demand_id: UUID = Field(foreign_key="demand.id", primary_key=True)
    line_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(index=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    needed_on: date
