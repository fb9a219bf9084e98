"""What stock is worth: one pool per item, and the entries that made it."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned


class StockValue(Owned, ContextRow, table=True):
    """Quantity and value of an item's own stock: the truth; a unit cost is only a quotient.

    `opened` is the quantity of opening lists heard from inventory, for the reconciliation.
    """

    __table_args__ = (
        CheckConstraint("quantity >= 0 AND value >= 0", name="not_negative"),
        CheckConstraint("quantity > 0 OR value = 0", name="empty"),
        policy(unaudited="sums of value entries, checked against them"),
    )

    company_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    value: Decimal = Field(max_digits=18, decimal_places=2)
    opened: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    version: int = 1


class ValueEntry(Owned, ContextRow, table=True):
    """One change of a pool: the subledger behind the stock accounts."""

    __table_args__ = (
        Index("ix_value_entry_item", "company_id", "item_id", "posted_on"),
        policy(sealed=True),
    )

    id: UUID = Field(primary_key=True)
    item_id: UUID
    kind: str  # the posting rule
    source_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    value: Decimal = Field(max_digits=18, decimal_places=2)
    posted_on: date
