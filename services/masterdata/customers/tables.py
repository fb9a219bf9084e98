"""Customers and what they may buy."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.masterdata.masters.tables import CodedMaster, Master
from services.masterdata.rows import ContextRow


class Customer(CodedMaster, ContextRow, table=True):
    """Who buys from us. Credit is in company currency; remaining life at sale in days."""

    __table_args__ = (
        UniqueConstraint("company_id", "code"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
    )

    name: str
    kind: str
    country: str
    address: str
    contact: str
    currency: str
    payment_days: int
    credit_limit: Decimal = Field(max_digits=18, decimal_places=2)
    minimum_life_days: int


class Licence(Master, ContextRow, table=True):
    """A licence that a customer holds, on the days it holds, both inclusive."""

    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "number"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
    )

    customer_id: UUID = Field(foreign_key="customer.id")
    kind: str
    number: str
    scope: list[str] = Field(sa_type=JSONB)
    valid_from: date
    valid_to: date | None
