"""Stock by lot part, as inventory's events add up."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.production.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned


class LotStock(Owned, ContextRow, table=True):
    """One lot part. Counted differences are not told by lot: the item's total is the truth."""

    __table_args__ = (
        Index(None, "company_id", "item_id"),
        policy(unaudited="a copy of inventory's lot parts"),
    )

    part_id: UUID = Field(primary_key=True)
    lot_id: UUID
    item_id: UUID
    quantity: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    usable_until: date | None = None  # last usable day
    quality: str = ""  # empty: only moves were heard so far
    blocked: bool = False
    told: int = 0  # number of the event that last told quality and blocks
