"""What sales must know of others' records to promise and to deliver while they are away."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.sales.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned


class Copied(Owned):
    """A record as last told by its owner; replaced only by a newer `version`."""

    id: UUID = Field(primary_key=True)
    version: int


class ItemCopy(Copied, ContextRow, table=True):
    __table_args__ = (policy(unaudited="a copy of masterdata's item"),)

    active: bool
    code: str
    name: str
    name_zh: str
    kind: str
    stock_unit: str
    decimals: int
    regulated: bool


class CustomerCopy(Copied, ContextRow, table=True):
    """A customer; `licences` are masterdata's Credential as JSON. Its lock guards its credit."""

    __table_args__ = (policy(unaudited="a copy of masterdata's customer"),)

    active: bool
    code: str
    name: str
    kind: str
    country: str
    address: str
    currency: str
    payment_days: int
    credit_limit: Decimal = Field(max_digits=18, decimal_places=2)  # company currency
    minimum_life_days: int
    licences: list[dict[str, Any]] = Field(sa_type=JSONB)


class CertificateCopy(Copied, ContextRow, table=True):
    __table_args__ = (policy(unaudited="a copy of masterdata's certificate"),)

    active: bool
    number: str
    valid_from: date
    valid_to: date | None
    item_ids: list[str] = Field(sa_type=JSONB)


class RateCopy(Copied, ContextRow, table=True):
    """Company currency per unit of `currency`, from `day` on until a later one."""

    __table_args__ = (
        Index(None, "company_id", "currency", "day"),
        policy(unaudited="a copy of masterdata's rate"),
    )

    active: bool
    currency: str
    day: date
    rate: Decimal = Field(max_digits=18, decimal_places=8)


class StockCopy(Copied, ContextRow, table=True):
    """An item's stock over all places; `usable` includes what is reserved."""

    __table_args__ = (policy(unaudited="a copy of inventory's availability"),)

    on_hand: Decimal = Field(max_digits=18, decimal_places=6)
    usable: Decimal = Field(max_digits=18, decimal_places=6)
    reserved: Decimal = Field(max_digits=18, decimal_places=6)
    to_inspect: Decimal = Field(max_digits=18, decimal_places=6)


class CreditCopy(Copied, ContextRow, table=True):
    """What a customer owes, company currency; the id is the customer's."""

    __table_args__ = (policy(unaudited="a copy of finance's receivables"),)

    receivable: Decimal = Field(max_digits=18, decimal_places=2)
    oldest_due_on: date | None
