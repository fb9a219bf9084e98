"""What a schedule says of itself while it is made and when it is done. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.production.scheduling.engine.checking import check_told
from services.production.scheduling.engine.shop import Placed, lateness
from services.production.scheduling.engine.solving import Limits, Outcome
from services.production.scheduling.engine.telling import told
from services.production.scheduling.rules import Window

# Of each second of a search's limit: measures that are full well before the clock ends it.
WORK_PER_SECOND = 0.03  # CP-SAT's own units
PLACEMENTS_PER_SECOND = 40_000  # operations placed by exchanges
INTERRUPTED = {
    "title": "The scheduling process ended before the schedule did / 排程进程在完成前终止",
    "lifted_by": "Start another schedule / 请重新排程",
}


def limits_of(seconds: int, seed: int) -> Limits:
    """The search ends by its measured work, so that it can be repeated; the clock is the guard."""
    placements = seconds * PLACEMENTS_PER_SECOND
    return Limits(seconds, work=seconds * WORK_PER_SECOND, placements=placements, seed=seed)


def progress_of(elapsed: float, seconds: int) -> int:
    """Per cent, of the search's share from 20 to 90."""
    return 20 + min(70, int(70 * elapsed / max(seconds, 1)))


@dataclass(frozen=True, slots=True)
class Rows:
    """A schedule as it is stored, column by column as the tables have them."""

    orders: list[tuple[Any, ...]]
    operations: list[tuple[Any, ...]]
    late: int


def rows_of(window: Window, outcome: Outcome, company: UUID, id: UUID) -> Rows:
    """The schedule's orders and operations with their hours; raises ScheduleBroken instead.

    Raises ScheduleTooLong when the work reaches beyond the calendar.
    """
    shop = window.shop
    placed = told(shop, outcome.schedule)
    check_told(shop, placed)
    hours = [(window.begins(one.begin), window.ends(one.end)) for one in placed]
    operations = [
        operation_row(window, one, span, company, id)
        for one, span in zip(placed, hours, strict=True)
    ]
    spans = spans_of(placed, hours, len(shop.jobs))
    late = lateness(shop, outcome.schedule)
    orders = [
        (company, id, order.id, order.kind, order.number, order.item_id, order.quantity,
         order.version, job.weight, order.due_on, *span, minutes)
        for order, job, span, minutes in zip(window.orders, shop.jobs, spans, late, strict=True)
    ]  # fmt: skip
    return Rows(orders, operations, sum(1 for minutes in late if minutes))


def operation_row(
    window: Window, one: Placed, span: tuple[datetime, datetime], company: UUID, id: UUID
) -> tuple[Any, ...]:
    operation = window.operations[one.job][one.task]
    minutes = window.shop.jobs[one.job].tasks[one.task].minutes
    return (
        company, id, operation.order_id, operation.operation, operation.name,
        operation.work_centre_id, one.unit + 1, minutes, *span,
    )  # fmt: skip


def spans_of(
    placed: Sequence[Placed], hours: Sequence[tuple[datetime, datetime]], jobs: int
) -> list[tuple[datetime, datetime]]:
    """From when until when each job is worked on."""
    begins: dict[int, datetime] = {}
    ends: dict[int, datetime] = {}
    for one, (begin, end) in zip(placed, hours, strict=True):
        begins.setdefault(one.job, begin)
        ends[one.job] = end
    return [(begins[job], ends[job]) for job in range(jobs)]
