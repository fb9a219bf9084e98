"""What production must know of others' records to plan and to make while they are away."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.production.rows import ContextRow
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
    tracking: str
    shelf_life_days: int | None
    regulated: bool
    lead_time_days: int
    order_minimum: Decimal = Field(max_digits=18, decimal_places=6)
    order_multiple: Decimal = Field(max_digits=18, decimal_places=6)
    safety_stock: Decimal = Field(max_digits=18, decimal_places=6)

    @property
    def made(self) -> bool:
        return self.kind in ("manufactured", "finished")


class SourceCopy(Copied, ContextRow, table=True):
    """An approved source's terms; of an item's active ones the lowest rank plans its purchases."""

    __table_args__ = (
        Index(None, "company_id", "item_id"),
        policy(unaudited="a copy of masterdata's approved source"),
    )

    active: bool
    item_id: UUID
    rank: int
    order_minimum: Decimal = Field(max_digits=18, decimal_places=6)
    order_multiple: Decimal = Field(max_digits=18, decimal_places=6)
    lead_time_days: int


class Dated(Copied):
    """A released revision; both days inclusive."""

    active: bool
    item_id: UUID
    revision: str
    valid_from: date
    valid_to: date | None


class BomCopy(Dated, ContextRow, table=True):
    """A released structure; `lines` are masterdata's BomLine as JSON."""

    __table_args__ = (
        Index(None, "company_id", "item_id"),
        policy(unaudited="a copy of masterdata's BOM"),
    )

    lines: list[dict[str, Any]] = Field(sa_type=JSONB)


class RoutingCopy(Dated, ContextRow, table=True):
    """A released routing; `operations` are masterdata's RoutingOperation as JSON."""

    __table_args__ = (
        Index(None, "company_id", "item_id"),
        policy(unaudited="a copy of masterdata's routing"),
    )

    operations: list[dict[str, Any]] = Field(sa_type=JSONB)


class CertificateCopy(Copied, ContextRow, table=True):
    __table_args__ = (policy(unaudited="a copy of masterdata's certificate"),)

    active: bool
    number: str
    valid_from: date
    valid_to: date | None
    item_ids: list[str] = Field(sa_type=JSONB)


class WorkCentreCopy(Copied, ContextRow, table=True):
    """A place of work; on a working day it does `units` × `hours_per_day` × `efficiency`."""

    __table_args__ = (policy(unaudited="a copy of masterdata's work centre"),)

    active: bool
    code: str
    name: str
    units: int = Field(default=1)
    hours_per_day: Decimal = Field(default=Decimal(8), max_digits=18, decimal_places=6)
    efficiency: Decimal = Field(default=Decimal(1), max_digits=18, decimal_places=6)


class StockCopy(Copied, ContextRow, table=True):
    """An item's stock over all places; `usable` includes what is reserved."""

    __table_args__ = (policy(unaudited="a copy of inventory's availability"),)

    on_hand: Decimal = Field(max_digits=18, decimal_places=6)
    usable: Decimal = Field(max_digits=18, decimal_places=6)
    reserved: Decimal = Field(max_digits=18, decimal_places=6)
    to_inspect: Decimal = Field(max_digits=18, decimal_places=6)


class RequisitionCopy(Owned, ContextRow, table=True):
    """What procurement was asked to buy: supply while `open`, then the purchase line is."""

    __table_args__ = (
        Index(None, "planned_order_id"),
        Index(None, "item_id"),
        policy(unaudited="a copy of procurement's requisition"),
    )

    id: UUID = Field(primary_key=True)
    planned_order_id: UUID | None = None
    item_id: UUID | None = None
    quantity: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    needed_on: date | None = None
    state: str  # open, ordered, closed


class PurchaseLineCopy(Copied, ContextRow, table=True):
    """What is still to arrive of a purchase order's line; `version` is the order's sequence."""

    __table_args__ = (policy(unaudited="a copy of procurement's order lines"),)

    order_id: UUID
    item_id: UUID = Field(index=True)
    open_quantity: Decimal = Field(max_digits=18, decimal_places=6)
    due_on: date | None = None  # none: only its progress was heard so far
