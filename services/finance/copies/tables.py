"""What finance must know of others' masters and documents to value what happened."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned


class ItemCopy(Owned, ContextRow, table=True):
    """Masterdata's item as last heard."""

    __table_args__ = (policy(unaudited="a copy of masterdata's item"),)

    id: UUID = Field(primary_key=True)
    version: int
    code: str = Field(index=True)
    name: str
    name_zh: str
    kind: str
    stock_unit: str


class PartnerCopy(Owned, ContextRow, table=True):
    """A supplier or customer as last heard."""

    __table_args__ = (policy(unaudited="a copy of masterdata's supplier or customer"),)

    id: UUID = Field(primary_key=True)
    version: int
    role: str  # supplier or customer
    code: str = Field(index=True)
    name: str
    currency: str
    payment_days: int


class RateCopy(Owned, ContextRow, table=True):
    """Company currency per unit of `currency` from `day` on, until a later one."""

    __table_args__ = (policy(unaudited="a copy of masterdata's exchange rate"),)

    id: UUID = Field(primary_key=True)
    version: int
    currency: str
    day: date
    rate: Decimal = Field(max_digits=18, decimal_places=8)


class CentreRateCopy(Owned, ContextRow, table=True):
    """A work centre's cost rates in company currency per hour."""

    __table_args__ = (policy(unaudited="a copy of masterdata's work centre rate"),)

    id: UUID = Field(primary_key=True)
    version: int
    labour_rate: Decimal = Field(max_digits=18, decimal_places=6)
    overhead_rate: Decimal = Field(max_digits=18, decimal_places=6)


class PurchaseLineCopy(Owned, ContextRow, table=True):
    """What was agreed to be paid for one line of a purchase order."""

    __table_args__ = (policy(unaudited="a copy of procurement's priced order line"),)

    id: UUID = Field(primary_key=True)
    version: int
    order_id: UUID = Field(index=True)
    number: str
    supplier_id: UUID
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    price: Decimal = Field(max_digits=18, decimal_places=6)
    tax_rate: Decimal = Field(max_digits=7, decimal_places=6)
    currency: str
    rate: Decimal = Field(max_digits=18, decimal_places=8)
    payment_days: int


class ProductionOrderCopy(Owned, ContextRow, table=True):
    """How far a production order has come: `released_quantity` went or goes to stock.

    Each fact sets its own columns and none is ever unset, so their order does not matter.
    """

    __table_args__ = (policy(unaudited="a copy of production's order"),)

    id: UUID = Field(primary_key=True)
    number: str = ""
    item_id: UUID | None = None
    released_quantity: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
    cancelled: bool = False
    closed: bool = False
    completed: bool = False  # closed with goods in stock, not given up
