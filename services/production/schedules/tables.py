"""Schedules of a window: what was asked, how good the answer is, and when everything is done."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.production.planned_orders.tables import PLAN_OUTPUT
from services.production.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned, instant

PRUNED = "the schedule's log stays; what it placed is given up after so many later ones"


class PlanSchedule(Owned, ContextRow, table=True):
    """The log of one schedule. Objective and bound are weighted minutes of lateness."""

    __table_args__ = (Index(None, "company_id", "started_at"), policy(unaudited=PLAN_OUTPUT))

    id: UUID = Field(primary_key=True)
    state: str = "queued"  # queued, running, done, failed, cancelled, adopted, archived
    started_by: str
    started_at: datetime = instant()
    from_on: date
    days: int
    orders: str  # released, firmed, planned: each includes the ones before
    work_centres: list[str] = Field(default_factory=list, sa_type=JSONB)  # none: all of them
    priorities: dict[str, int] = Field(default_factory=dict, sa_type=JSONB)  # weights by order
    time_limit_seconds: int
    seed: int
    calendar: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)  # as it stood
    progress: int = 0  # per cent
    stage: str = "queued"
    input_hash: str = ""
    schedule_hash: str = ""
    engine: str = ""  # list, exchange, cp_sat
    ended_by: str = ""  # optimal, work, clock, no_solver
    objective: int | None = Field(default=None, sa_type=BigInteger)
    list_objective: int | None = Field(default=None, sa_type=BigInteger)
    bound: int | None = Field(default=None, sa_type=BigInteger)
    duration_ms: int = 0
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    fault: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    adopted_by: str = ""
    adopted_at: datetime | None = instant(nullable=True)


class ScheduledOrder(Owned, ContextRow, table=True):
    """An order in a schedule, as it stood (`version`) when the schedule read it."""

    __table_args__ = (policy(unaudited=PLAN_OUTPUT, deletable=PRUNED),)

    schedule_id: UUID = Field(foreign_key="plan_schedule.id", primary_key=True)
    order_id: UUID = Field(primary_key=True)
    kind: str  # production_order, planned_order
    number: str
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    version: int
    weight: int
    due_on: date
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    late_minutes: int  # of working time


class ScheduledOperation(Owned, ContextRow, table=True):
    """An operation's place: which unit of its work centre from when until when."""

    __table_args__ = (policy(unaudited=PLAN_OUTPUT, deletable=PRUNED),)

    schedule_id: UUID = Field(foreign_key="plan_schedule.id", primary_key=True)
    order_id: UUID = Field(primary_key=True)
    operation: int = Field(primary_key=True)
    name: str
    work_centre_id: UUID
    unit: int  # from 1
    minutes: int  # of the work centre's working time
    starts_at: datetime = instant()
    ends_at: datetime = instant()
