"""Plan runs: what was planned when, from what, and with what outcome."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.production.planned_orders.tables import PLAN_OUTPUT
from services.production.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned, instant

PRUNED = "the run's log stays; what it planned is given up after so many later runs"


class PlanRun(Owned, ContextRow, table=True):
    """The run log. `positions` are the furthest events heard, by source; a what-if never counts."""

    __table_args__ = (Index(None, "company_id", "started_at"), policy(unaudited=PLAN_OUTPUT))

    id: UUID = Field(primary_key=True)
    kind: str  # regular, what_if
    state: str = "queued"  # queued, running, done, failed, published, archived
    started_by: str
    started_at: datetime = instant()
    today: date
    buckets: int  # days
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)  # of a what-if
    working: str = ""  # of each day 1: worked, 0: free
    progress: int = 0  # per cent
    stage: str = "queued"
    positions: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    input_hash: str = ""
    plan_hash: str = ""
    engine: str = ""  # kernel, loop
    duration_ms: int = 0
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    fault: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    published_by: str = ""
    publish_until: date | None = None


class PlanStore(Owned, ContextRow, table=True):
    """A run's columns, packed: its snapshot and its orders, from which all views are computed."""

    __table_args__ = (policy(unaudited=PLAN_OUTPUT, deletable=PRUNED),)

    run_id: UUID = Field(foreign_key="plan_run.id", primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)


class PlanMessage(Owned, ContextRow, table=True):
    """What a run says should be done. Buckets are days from the run's day."""

    __table_args__ = (policy(unaudited=PLAN_OUTPUT, deletable=PRUNED),)

    run_id: UUID = Field(primary_key=True)
    place: int = Field(primary_key=True)  # by item in planning order, then by day
    item_id: UUID
    kind: str
    bucket: int
    to_bucket: int
    quantity: Decimal = Field(max_digits=24, decimal_places=6)


class PlanningPolicy(Owned, ContextRow, table=True):
    """How an item is planned, beside what masterdata says of it. Days, shares, stock units."""

    __table_args__ = (
        CheckConstraint(
            "inspection_days >= 0 AND safety_days >= 0 AND minimum_life_days >= 0 AND periods >= 1 "
            "AND good_share > 0 AND good_share <= 1 AND lot_maximum >= 0 AND days_per_unit >= 0 "
            "AND consume_back >= 0 AND consume_ahead >= 0 AND demand_fence >= 0 "
            "AND planning_fence >= 0",
            name="numbers",
        ),
    )

    item_id: UUID = Field(primary_key=True)
    phantom: bool = False
    inspection_days: int = 0
    safety_days: int = 0
    minimum_life_days: int = 0
    periods: int = 1
    good_share: Decimal = Field(default=Decimal(1), max_digits=7, decimal_places=6)
    lot_maximum: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)  # 0: none
    days_per_unit: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    working_days: bool = False
    consume_back: int = 0  # days that an order may be before the forecast it is part of
    consume_ahead: int = 0
    planning_fence: int = 0  # days from today whose needs make no order
    demand_fence: int = 0  # days from today in which only orders count, not forecasts
    version: int = 1
