"""Work in progress by production order, and the material that it holds."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned

SUMS = "sums of voucher lines on 500101, checked against them"


class OrderCost(Owned, ContextRow, table=True):
    """What one production order holds now, by cost element; together account 500101."""

    __table_args__ = (policy(unaudited=SUMS),)

    id: UUID = Field(primary_key=True)  # the production order
    number: str
    item_id: UUID | None = None
    material: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=2)
    labour: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=2)
    overhead: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=2)
    completed: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    version: int = 1

    @property
    def total(self) -> Decimal:
        return self.material + self.labour + self.overhead


class IssuedMaterial(Owned, ContextRow, table=True):
    """What was issued of an item to an order and not returned: a return is worth its issue."""

    __table_args__ = (
        CheckConstraint("quantity >= 0 AND value >= 0", name="not_negative"),
        policy(unaudited="sums of issues; each issue stands in the journal"),
    )

    order_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    value: Decimal = Field(max_digits=18, decimal_places=2)
