"""Production orders: what is made, of which lots, by whom."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.production.rows import ContextRow
from shared.tables import Document, Owned, instant

ZERO = Decimal(0)


class ProductionOrder(Document, ContextRow, table=True):
    """One lot to be made. Quantities in stock units; `expected` is what still may reach stock."""

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        UniqueConstraint("company_id", "item_id", "lot_number"),
        Index(None, "company_id", "state"),
        Index(None, "demand_id"),
        CheckConstraint("quantity > 0 AND expected >= 0 AND expected <= quantity", name="quantity"),
        CheckConstraint("good >= 0 AND scrap >= 0 AND good + scrap <= quantity", name="conserved"),
    )

    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    expected: Decimal = Field(max_digits=18, decimal_places=6)
    good: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
    scrap: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
    start_on: date
    due_on: date
    reason: str  # pegging, in words
    demand_id: UUID | None = None
    planned_order_id: UUID | None = None
    bom_id: UUID | None = None
    routing_id: UUID | None = None
    material: str = "waiting"  # waiting, held, issued, returned
    paused_from: str | None = None
    lot_number: str | None = None
    serials: list[str] = Field(default_factory=list, sa_type=JSONB)
    made_on: date | None = None
    usable_until: date | None = None  # last usable day
    made_by: list[str] = Field(default_factory=list, sa_type=JSONB)
    accepted: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
    conceded: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
    rejected: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
    released_by: str | None = None
    released_on: date | None = None


class OrderComponent(Owned, ContextRow, table=True):
    """What the order takes of one BOM line. Rows of another `bom_id` than the order's are past.

    `substitutes`: what the line allows instead, in the order in which it serves
    (`ComponentSubstitute` as JSON); `held` and `issued` count what they stand in for.
    """

    __table_args__ = (
        UniqueConstraint("order_id", "bom_id", "line"),
        CheckConstraint("quantity > 0 AND held >= 0 AND issued >= 0", name="quantity"),
    )

    id: UUID = Field(primary_key=True)  # the reservation's line
    order_id: UUID = Field(foreign_key="production_order.id")
    bom_id: UUID
    line: int
    item_id: UUID = Field(index=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    held: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
    issued: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
    substitutes: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": "[]"}
    )


class ComponentLot(Owned, ContextRow, table=True):
    """An actual lot that went into the order, or came back from it (REQ-44).

    `serves`: how much of the line's component a substitute stands in for; none of itself.
    """

    id: UUID = Field(primary_key=True)  # derived from the stock document and its pick
    order_id: UUID = Field(foreign_key="production_order.id", index=True)
    component_id: UUID
    item_id: UUID
    kind: str  # issue, return
    document_number: str
    part_id: UUID
    lot_number: str
    serial: str
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    moved_on: date
    serves: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)


class Operation(Owned, ContextRow, table=True):
    """One step of the frozen routing and its report; minutes as planned and as worked."""

    __table_args__ = (CheckConstraint("good >= 0 AND scrap >= 0 AND minutes >= 0", name="report"),)

    order_id: UUID = Field(foreign_key="production_order.id", primary_key=True)
    operation: int = Field(primary_key=True)
    name: str
    kind: str
    work_centre_id: UUID
    setup_minutes: Decimal = Field(max_digits=18, decimal_places=6)
    run_minutes: Decimal = Field(max_digits=18, decimal_places=6)  # per stock unit
    state: str = "open"  # open, done
    good: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
    scrap: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
    minutes: Decimal = Field(default=ZERO, max_digits=18, decimal_places=6)
    reason: str = ""
    reported_by: str | None = None
    reported_on: date | None = None
    planned_start: datetime | None = instant(nullable=True)  # of the schedule last adopted
    planned_end: datetime | None = instant(nullable=True)
