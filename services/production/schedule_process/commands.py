"""What the scheduling process does: a schedule from tables to stored places.

Called in a child process (`shared/workers.py`) with a connection string, as plan runs are: the
service's own connections and its loop are never held by a search.
"""

import threading
import time
from collections.abc import Callable
from datetime import date
from types import TracebackType
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection, OperationalError, sql
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from services.production.plan_desk.queries import opened
from services.production.schedule_process.rules import (
    INTERRUPTED,
    Rows,
    limits_of,
    progress_of,
    rows_of,
)
from services.production.scheduling.engine.solving import Outcome, chosen_solver, schedule_shop
from services.production.scheduling.queries import read_shop
from services.production.scheduling.rules import Window, Wishes, WorkingDays, window_of
from shared.problems import Problem
from shared.workers import Worker

SCHEDULES_KEPT = 30  # with their places, of a company
SCHEDULER = Worker(nice=10, warm=chosen_solver)


def begin_schedule(url: str, id: UUID) -> None:
    """Have the scheduler carry a committed schedule out; asked twice it is given once."""
    SCHEDULER.begin_once(id, carry_out, url, id)


class Queued(NamedTuple):
    """A schedule as it was asked for."""

    company_id: UUID
    from_on: date
    days: int
    orders: str
    work_centres: list[str]
    priorities: dict[str, int]
    time_limit_seconds: int
    seed: int
    calendar: dict[str, Any]


# Held by whoever carries a schedule out, for as long as its connection lives.
HOLD = "SELECT pg_try_advisory_lock(hashtextextended('plan_schedule.' || %s, 0))"
BEGIN = """
UPDATE plan_schedule SET state = 'running', stage = 'reading', progress = 5
WHERE id = %s AND state = 'queued'
RETURNING company_id, from_on, days, orders, work_centres, priorities, time_limit_seconds, seed,
          calendar
"""
FAIL = (
    "UPDATE plan_schedule SET state = 'failed', stage = 'failed', fault = %s "
    "WHERE id = %s AND state = 'running'"
)


def carry_out(url: str, id: UUID) -> None:
    """Carry a queued schedule to its end, whatever end that is; another call changes nothing.

    One that was begun and that nobody holds any more has lost its process: it has failed. One that
    was cancelled meanwhile stays so, and nothing of it is stored.
    """
    with opened(url) as connection:
        if connection.execute(HOLD, (str(id),)).fetchone() != (True,):
            return
        begun = connection.execute(BEGIN, (id,)).fetchone()
        if begun is None:
            connection.execute(FAIL, (Jsonb(INTERRUPTED), id))
            return
        try:
            schedule(connection, url, id, Queued(*begun))
        except Exception as fault:
            said = fault.details() if isinstance(fault, Problem) else {"title": repr(fault)}
            connection.execute(FAIL, (Jsonb(said), id))
            if not isinstance(fault, Problem):
                raise


def schedule(connection: Connection[TupleRow], url: str, id: UUID, asked: Queued) -> None:
    """Read, place by the list, improve, check, store."""
    began = time.perf_counter()
    read = read_shop(connection, asked.company_id, asked.from_on, asked.days, asked.orders)
    window = window_of(
        read,
        WorkingDays.of(asked.calendar, asked.from_on),
        Wishes(
            {UUID(one) for one in asked.work_centres},
            {UUID(order): weight for order, weight in asked.priorities.items()},
        ),
    )
    with Watched(url, id, asked.time_limit_seconds) as watched:
        limits = limits_of(asked.time_limit_seconds, asked.seed)
        outcome = schedule_shop(window.shop, limits, watched, chosen_solver())
    rows = rows_of(window, outcome, asked.company_id, id)
    with connection.transaction():
        if done(connection, id, window, outcome, rows, time.perf_counter() - began):
            copy_rows(connection, "scheduled_order", rows.orders)
            copy_rows(connection, "scheduled_operation", rows.operations)
    with connection.transaction():
        connection.execute(PRUNE, {"company": asked.company_id, "kept": SCHEDULES_KEPT})


DONE = """
UPDATE plan_schedule SET state = 'done', stage = 'done', progress = 100, input_hash = %(input)s,
  schedule_hash = %(schedule)s, engine = %(engine)s, ended_by = %(ended_by)s,
  objective = %(objective)s, list_objective = %(listed)s, bound = %(bound)s,
  duration_ms = %(duration)s, counts = %(counts)s
WHERE id = %(id)s AND state = 'running' RETURNING id
"""


def done(
    connection: Connection[TupleRow],
    id: UUID,
    window: Window,
    outcome: Outcome,
    rows: Rows,
    seconds: float,
) -> bool:
    """Written, unless it was cancelled meanwhile."""
    counts = {
        "orders": len(rows.orders),
        "operations": len(rows.operations),
        "late": rows.late,
        "without_routing": window.without_routing,
        "unknown_work_centres": window.unknown_centres,
    }
    written = connection.execute(
        DONE,
        {
            "id": id,
            "input": window.shop.digest(),
            "schedule": outcome.schedule.digest(),
            "engine": outcome.engine,
            "ended_by": outcome.ended_by,
            "objective": outcome.objective,
            "listed": outcome.list_objective,
            "bound": outcome.bound,
            "duration": int(seconds * 1000),
            "counts": Jsonb(counts),
        },
    )
    return written.fetchone() is not None


def copy_rows(connection: Connection[TupleRow], table: str, rows: list[tuple[Any, ...]]) -> None:
    copy = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(copy) as target:
        for row in rows:
            target.write_row(row)


# The log stays; what it placed goes when so many later ones have ended. What was adopted last
# is looked at until another is.
PRUNE = """
WITH old AS (
  SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY started_at DESC) AS place,
           id = (SELECT id FROM plan_schedule WHERE company_id = %(company)s AND state = 'adopted'
                 ORDER BY adopted_at DESC LIMIT 1) AS last_adopted
    FROM plan_schedule WHERE company_id = %(company)s AND state IN ('done', 'adopted')
  ) AS ended WHERE place > %(kept)s AND last_adopted IS NOT TRUE
), operations AS (DELETE FROM scheduled_operation USING old WHERE schedule_id = old.id
), orders AS (DELETE FROM scheduled_order USING old WHERE schedule_id = old.id)
UPDATE plan_schedule SET state = 'archived', stage = 'archived' FROM old
WHERE plan_schedule.id = old.id
"""


EVERY = 0.5  # seconds between two looks
TOLD = """
UPDATE plan_schedule SET stage = %s, progress = greatest(progress, %s), objective = %s,
  bound = %s WHERE id = %s AND state = 'running'
"""


class Watched:
    """A search under watch: a thread tells its figures and stops it when it is cancelled.

    The thread has a connection of its own; without one the search goes on unwatched.
    """

    def __init__(self, url: str, id: UUID, seconds: int) -> None:
        self.url, self.id, self.seconds = url, id, seconds
        self.began = time.monotonic()
        self.objective: int | None = None
        self.bound: int | None = None
        self.stop: Callable[[], None] | None = None
        self.unwanted, self.stage = False, "exchanging"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def improved(self, objective: int) -> None:
        self.objective = objective

    def bounded(self, bound: int) -> None:
        self.bound = max(bound, self.bound or 0)

    def begun(self, stop: Callable[[], None]) -> None:
        self.stop, self.stage = stop, "solving"
        if self.unwanted:
            stop()

    def left(self) -> float:
        return 0 if self.unwanted else self.seconds - (time.monotonic() - self.began)

    def __enter__(self) -> "Watched":
        self.thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self.thread.join()

    def watch(self) -> None:
        try:
            with opened(self.url) as connection:
                while not self.over.wait(EVERY):
                    progress = progress_of(time.monotonic() - self.began, self.seconds)
                    figures = (self.stage, progress, self.objective, self.bound, self.id)
                    self.unwanted = connection.execute(TOLD, figures).rowcount == 0
                    if self.unwanted and self.stop is not None:
                        self.stop()
        except OperationalError:
            return
