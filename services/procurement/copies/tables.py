"""What procurement knows of masterdata, kept from its events: replaced only by what is newer."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.procurement.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned

COPY = policy(unaudited="a copy: masterdata keeps the audited original")


class Copied(Owned):
    """A copy by its original's id, at its original's version."""

    id: UUID = Field(primary_key=True)
    version: int
    active: bool


class ItemCopy(Copied, ContextRow, table=True):
    __table_args__ = (COPY,)

    code: str
    name: str
    kind: str
    decimals: int
    tracking: str
    shelf_life_days: int | None
    minimum_life_days: int


class SupplierCopy(Copied, ContextRow, table=True):
    __table_args__ = (COPY,)

    code: str
    name: str
    currency: str
    payment_days: int
    locked: bool
    qualifications: list[dict[str, Any]] = Field(sa_type=JSONB)


class SourceCopy(Copied, ContextRow, table=True):
    __table_args__ = (Index("ix_source_copy_item", "company_id", "item_id"), COPY)

    item_id: UUID
    supplier_id: UUID
    supplier_part_no: str
    rank: int
    order_minimum: Decimal = Field(max_digits=18, decimal_places=6)
    order_multiple: Decimal = Field(max_digits=18, decimal_places=6)
    lead_time_days: int


class PriceCopy(Copied, ContextRow, table=True):
    """The price of a source, by the source's id; it may come before or after the source itself."""

    __table_args__ = (COPY,)

    item_id: UUID
    supplier_id: UUID
    price: Decimal = Field(max_digits=18, decimal_places=6)
    currency: str
    assumed: bool


class RateCopy(Copied, ContextRow, table=True):
    __table_args__ = (Index("ix_rate_copy_day", "company_id", "currency", "day"), COPY)

    currency: str
    day: date
    rate: Decimal = Field(max_digits=18, decimal_places=8)
