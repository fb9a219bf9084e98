"""Schedules of a window: asked for, watched, looked into, adopted."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Body, Contract, Quantity


class OrderPriority(Body):
    """How much a minute of lateness of this order weighs; an order that is not named weighs 1."""

    order_id: UUID
    weight: Annotated[int, Field(ge=1, le=100)]


class StartSchedule(Body):
    """Body of `POST /planning/schedules`.

    Scheduled is what remains of orders that begin before the window ends: `orders` released (and in
    progress), firmed ones too, or planned ones too. With `work_centres` only these have finite
    capacity. `from_on` is by default the next working day; today begins at the next full hour.
    """

    from_on: date | None = None
    days: Annotated[int, Field(ge=1, le=180)] = 28
    orders: Literal["released", "firmed", "planned"] = "firmed"
    work_centres: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()
    priorities: Annotated[tuple[OrderPriority, ...], Field(max_length=1000)] = ()
    time_limit_seconds: Annotated[int, Field(ge=1, le=300)] = 30
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = 0


class ScheduleShown(Contract):
    """The log of a schedule. Objective and bound are weighted minutes of lateness.

    No schedule can be better than `bound`; `list_objective` is the list schedule's, never better
    than `objective`. `ended_by` clock: the same input may give another schedule; else the same.
    Equal `input_hash` means an equal shop, equal `schedule_hash` an equal schedule.
    """

    id: UUID
    state: str  # queued, running, done, failed, cancelled, adopted, archived
    started_by: str
    started_at: datetime
    from_on: date
    days: int
    orders: str
    work_centres: tuple[UUID, ...]
    priorities: tuple[OrderPriority, ...]
    time_limit_seconds: int
    seed: int
    progress: int  # per cent
    stage: str
    input_hash: str
    schedule_hash: str
    engine: str  # list, exchange, cp_sat: whose schedule it is
    ended_by: str  # optimal, work, clock, no_solver
    notice: str | None = None
    notice_zh: str | None = None
    objective: int | None
    list_objective: int | None
    bound: int | None
    duration_ms: int
    counts: dict[str, int]
    fault: dict[str, Any]
    adopted_by: str
    adopted_at: datetime | None


class ScheduledOperationShown(Contract):
    """One bar of the chart: `unit` of the work centre, from when until when.

    An operation stops when its work centre closes and goes on when it opens; `minutes` counts only
    the time worked.
    """

    order_id: UUID
    number: str
    kind: str  # production_order, planned_order
    item_id: UUID
    item_code: str
    operation: int
    name: str
    work_centre_id: UUID
    work_centre_code: str
    unit: int
    minutes: int
    starts_at: datetime
    ends_at: datetime
    late: bool


class ScheduledOrderShown(Contract):
    """When an order is done, against when it is due; `late_minutes` of working time."""

    order_id: UUID
    number: str
    kind: str
    item_id: UUID
    item_code: str
    quantity: Quantity
    weight: int
    due_on: date
    starts_at: datetime
    ends_at: datetime
    late_minutes: int


class ScheduleAdopted(Contract):
    """What was written: the planned hours of the operations of production orders.

    `skipped` are orders without operations yet: firmed and planned ones.
    """

    id: UUID
    state: str
    orders: int
    operations: int
    skipped: int
