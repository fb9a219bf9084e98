"""What the planning process does: a run from tables to stored plan.

Called in a child process (`shared/workers.py`) with a connection string; every function here opens
its own connection, so that the service's own are never held by a plan.
"""

import time
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from services.production.mrp.engine.columnar import Laid
from services.production.mrp.engine.packing import packed
from services.production.mrp.engine.read_rows import ReadRows
from services.production.mrp.queries import heard, read_rows
from services.production.net_change.queries import KEPT, changes_of, moment_of
from services.production.plan_desk.queries import opened, warm
from services.production.plan_process.rules import (
    INTERRUPTED,
    Outcome,
    Queued,
    binary_row,
    changed,
    input_of,
    moved,
    regenerated,
)
from shared.problems import Problem
from shared.workers import Worker

RUNS_KEPT = 30  # with their results, of a company

# Runs in one process, questions in another (`plan_desk`): a long plan makes nobody wait.
PLANNER = Worker(nice=10, warm=warm)


def begin_run(url: str, run_id: UUID) -> None:
    """Have the planner carry a committed run out; asked twice it is given once."""
    PLANNER.begin_once(run_id, carry_out, url, run_id)


# Held by whoever carries a run out, for as long as its connection lives.
HOLD = "SELECT pg_try_advisory_lock(hashtextextended('plan_run.' || %s, 0))"
BEGIN = """
UPDATE plan_run SET state = 'running', stage = 'snapshot', progress = 2
WHERE id = %s AND state = 'queued'
RETURNING kind, company_id, today, buckets, working, changes, mode
"""
FAIL = "UPDATE plan_run SET state = 'failed', stage = 'failed', fault = %s WHERE id = %s"


def carry_out(url: str, run_id: UUID) -> None:
    """Plan a queued run to its end, whatever end that is; another call changes nothing.

    A run that was begun and that nobody holds any more has lost its process: it has failed.
    """
    with opened(url) as connection:
        held = connection.execute(HOLD, (str(run_id),)).fetchone()
        if held != (True,):
            return
        begun = connection.execute(BEGIN, (run_id,)).fetchone()
        if begun is None:
            connection.execute(FAIL + " AND state = 'running'", (Jsonb(INTERRUPTED), run_id))
            return
        try:
            run(connection, run_id, Queued(*begun))
        except Exception as fault:
            told = fault.details() if isinstance(fault, Problem) else {"title": repr(fault)}
            connection.execute(FAIL, (Jsonb(told), run_id))
            if not isinstance(fault, Problem):
                raise


def run(connection: Connection[TupleRow], run_id: UUID, asked: Queued) -> None:
    """Read, plan, say, store; each stage is visible while the next one runs.

    A regular run's plan is kept in this process, for net change to move; whatever fails, it is
    given up.
    """
    began = time.perf_counter()
    regular = asked.kind != "what_if"

    def tell(name: str, progress: int) -> None:
        stage(connection, run_id, name, progress)

    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        moment, positions = moment_of(connection), heard(connection)
        reason, changes = wanted_changes(connection, asked)
        whole = None if changes else read_rows(connection, asked.company_id, asked.today)
    kept = KEPT.get(asked.company_id) if changes else None
    if regular:
        KEPT.clear()
    if changes and kept:
        outcome, kept = moved(tell, run_id, kept, changes)
    else:
        assert whole is not None
        tell("layout", 40)
        given = input_of(changed(whole, asked.changes), asked)
        whole = None  # a plan needs the room of its rows
        outcome, kept = regenerated(tell, run_id, asked, given)
    tell("store", 87)
    outcome.log |= {"reason": reason, "positions": Jsonb(positions), "id": run_id}
    store(connection, asked.company_id, outcome, began)
    if kept is not None:
        kept.moment, kept.run_id = moment, run_id
        KEPT[asked.company_id] = kept
    with connection.transaction():
        prune(connection, asked.company_id)
    if kept is not None:
        kept.standing.expect_changes()


STORE = "COPY plan_store (company_id, run_id, base_id, body) FROM STDIN (FORMAT BINARY)"
END = """
UPDATE plan_run SET state = 'done', stage = 'done', progress = 100, positions = %(positions)s,
input_hash = %(input)s, plan_hash = %(plan)s, engine = %(engine)s, duration_ms = %(duration)s,
counts = %(counts)s, mode = %(mode)s, reason = %(reason)s, before_id = %(before)s,
replanned_items = %(replanned)s, moved_items = %(moved)s WHERE id = %(id)s
"""


def store(connection: Connection[TupleRow], company: UUID, outcome: Outcome, began: float) -> None:
    log, body = outcome.log, packed(outcome.keep)
    with connection.transaction():
        # Copied, not inserted: a parameter of a hundred megabytes costs seconds in the driver.
        with connection.cursor() as cursor, cursor.copy(STORE) as into:
            for part in binary_row(company, log["id"], outcome.base_id, body):
                into.write(part)
        took = int((time.perf_counter() - began) * 1000)
        connection.execute(END, log | {"duration": took, "counts": Jsonb(log["counts"])})


def wanted_changes(
    connection: Connection[TupleRow], asked: Queued
) -> tuple[str, tuple[ReadRows, Laid] | None]:
    """What changed, where a net change is asked for; or why the run is a regeneration."""
    if asked.mode != "net_change":
        return "", None
    return ("what_if", None) if asked.kind == "what_if" else changes_of(connection, asked.terms)


# The log stays; what a run kept goes when so many later ones have ended. The last one that was
# published is looked at until another is, and what others differ from as long as they.
PRUNE = """
WITH ended AS (
  SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY started_at DESC) AS place,
           id = (SELECT id FROM plan_run WHERE company_id = %(company)s AND state = 'published'
                 ORDER BY started_at DESC LIMIT 1) AS last_published
    FROM plan_run WHERE company_id = %(company)s AND state IN ('done', 'published')
  ) AS ended WHERE place > %(kept)s AND last_published IS NOT TRUE
), bases AS (
  SELECT base_id FROM plan_store WHERE company_id = %(company)s AND base_id IS NOT NULL
  AND run_id NOT IN (SELECT id FROM ended)
), old AS (SELECT id FROM ended WHERE id NOT IN (SELECT base_id FROM bases)
), stores AS (DELETE FROM plan_store USING old WHERE run_id = old.id
), messages AS (DELETE FROM plan_message USING old WHERE run_id = old.id)
UPDATE plan_run SET state = 'archived', stage = 'archived' FROM old WHERE plan_run.id = old.id
"""


def prune(connection: Connection[TupleRow], company: UUID) -> None:
    """Give back the space of old runs."""
    connection.execute(PRUNE, {"company": company, "kept": RUNS_KEPT})


def stage(connection: Connection[TupleRow], run_id: UUID, name: str, progress: int) -> None:
    connection.execute(
        "UPDATE plan_run SET stage = %s, progress = %s WHERE id = %s", (name, progress, run_id)
    )
