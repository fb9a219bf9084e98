"""Plan runs: what was planned when, from what, and with what outcome."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary
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
    mode: str = ""  # regeneration, net_change: as asked while queued, then as it was done
    reason: str = ""  # why a net change that was asked became a regeneration
    before_id: UUID | None = None  # the run whose plan a net change moved
    replanned_items: int | None = None
    moved_items: int | None = None  # of these with other orders than in the run before
    fault: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    published_by: str = ""
    publish_until: date | None = None


class PlanStore(Owned, ContextRow, table=True):
    """A run's columns, packed: snapshot, orders and messages, from which all views are computed.

    With a base the body holds only the items that differ from it, and the base is kept as long.
    """

    __table_args__ = (policy(unaudited=PLAN_OUTPUT, deletable=PRUNED),)

    run_id: UUID = Field(foreign_key="plan_run.id", primary_key=True)
    base_id: UUID | None = Field(default=None, foreign_key="plan_store.run_id", index=True)
    body: bytes = Field(sa_type=LargeBinary)


class PlanMessage(Owned, ContextRow, table=True):
    """What a run of an earlier release says should be done; later ones keep it in their store.

    Buckets are days from the run's day.
    """

    __table_args__ = (policy(unaudited=PLAN_OUTPUT, deletable=PRUNED),)

    run_id: UUID = Field(primary_key=True)
    place: int = Field(primary_key=True)  # by item in planning order, then by day
    item_id: UUID
    kind: str
    bucket: int
    to_bucket: int
    quantity: Decimal = Field(max_digits=24, decimal_places=6)
