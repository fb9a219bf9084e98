"""What the planning process does: a run from tables to stored plan.

Called in a child process (`shared/workers.py`) with a connection string; every function here opens
its own connection, so that the service's own are never held by a plan.
"""

import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import Connection, sql
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from services.production.mrp.engine.columnar import Named, snapshot_of
from services.production.mrp.engine.engines import chosen_engine
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.messages import KINDS, messages
from services.production.mrp.engine.mps import unconsumed
from services.production.mrp.engine.packing import packed
from services.production.mrp.engine.plan import Plan
from services.production.mrp.engine.read_rows import Ints, Keyed, ReadRows, keyed
from services.production.mrp.engine.timeline import item_plan
from services.production.mrp.queries import (
    FORECASTS,
    both,
    heard,
    read_rows,
    rows_of,
)
from services.production.mrp.rules import DEMAND_KINDS, RECEIPT_KINDS, Desk
from services.production.plan_desk.queries import opened, warm
from services.production.plan_process.rules import INTERRUPTED
from shared.problems import Problem
from shared.workers import Worker, begin

RUNS_KEPT = 30  # with their results, of a company

# Runs in one process, questions in another (`plan_desk`): a long plan makes nobody wait.
PLANNER = Worker(nice=10, warm=warm)


UNDER_WAY = set[UUID]()  # what this process has given its planner


def begin_run(url: str, run_id: UUID) -> None:
    """Have the planner carry a committed run out; asked twice it is given once."""

    async def go() -> None:
        try:
            await PLANNER.run(carry_out, url, run_id)
        finally:
            UNDER_WAY.discard(run_id)

    if run_id not in UNDER_WAY:
        UNDER_WAY.add(run_id)
        begin(go())


@dataclass(frozen=True, slots=True)
class Queued:
    """A run as it was asked for."""

    company_id: UUID
    today: date
    buckets: int
    working: str
    changes: dict[str, Any]


# Held by whoever carries a run out, for as long as its connection lives.
HOLD = "SELECT pg_try_advisory_lock(hashtextextended('plan_run.' || %s, 0))"
BEGIN = """
UPDATE plan_run SET state = 'running', stage = 'snapshot', progress = 5
WHERE id = %s AND state = 'queued' RETURNING company_id, today, buckets, working, changes
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
    """Read, plan, say, store; each stage is visible while the next one runs."""
    began = time.perf_counter()
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        positions = heard(connection)
        read = read_rows(connection, asked.company_id, asked.today)
        read = with_forecasts(connection, read, asked.company_id, asked.today)
    read = changed(read, asked.changes)
    named = snapshot_of(read, asked.buckets, [one == "1" for one in asked.working])
    stage(connection, run_id, "plan", 30)
    engine, plan, said = planned(named)
    stage(connection, run_id, "store", 70)
    desk = Desk(named, plan)
    with connection.transaction():
        store(connection, run_id, asked.company_id, desk, said)
    outcome = {
        "positions": Jsonb(positions),
        "input": named.snapshot.digest(),
        "plan": plan.digest(),
        "engine": engine,
        "duration": int((time.perf_counter() - began) * 1000),
        "counts": Jsonb(counts_of(desk) | {"messages": len(said)}),
        "id": run_id,
    }
    connection.execute(
        "UPDATE plan_run SET state = 'done', stage = 'done', progress = 100, "
        "positions = %(positions)s, input_hash = %(input)s, plan_hash = %(plan)s, "
        "engine = %(engine)s, duration_ms = %(duration)s, counts = %(counts)s WHERE id = %(id)s",
        outcome,
    )
    with connection.transaction():
        prune(connection, asked.company_id)


# The log stays; what a run kept goes when so many later ones have ended. The last one that was
# published is looked at until another is.
PRUNE = """
WITH old AS (
  SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY started_at DESC) AS place,
           id = (SELECT id FROM plan_run WHERE company_id = %(company)s AND state = 'published'
                 ORDER BY started_at DESC LIMIT 1) AS last_published
    FROM plan_run WHERE company_id = %(company)s AND state IN ('done', 'published')
  ) AS ended WHERE place > %(kept)s AND last_published IS NOT TRUE
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


def counts_of(desk: Desk) -> dict[str, int]:
    return {
        "items": len(desk.snapshot.ids),
        "lines": len(desk.snapshot.used.parent),
        "demands": len(desk.named.demand_kinds),
        "receipts": len(desk.named.receipt_kinds),
        "orders": desk.plan.orders,
    }


def planned(named: Named) -> tuple[str, Plan, Ints]:
    """The plan and its messages: compiled where it can be, else by the reference loop."""
    chosen = chosen_engine()
    snapshot = named.snapshot
    if chosen.notice is None:
        from services.production.mrp.engine.compiled import Standing
        from services.production.mrp.engine.everything import all_messages, check_all_bounds

        standing = Standing(snapshot, check_all_bounds)
        return chosen.name, standing.plan, all_messages(standing)
    from services.production.mrp.engine.bounds import check_bounds
    from services.production.mrp.engine.building import ORDERS_MAX

    check_bounds(snapshot, ORDERS_MAX)
    plan = plan_by_loop(snapshot)
    rows = [
        (item, KINDS.index(one.kind), one.bucket, one.to, one.quantity)
        for item in range(len(snapshot.ids))
        for one in messages(snapshot, item, item_plan(snapshot, plan, item))
    ]
    return chosen.name, plan, np.array(rows, np.int64).reshape(-1, 5)


def with_forecasts(
    connection: Connection[TupleRow], read: ReadRows, company: UUID, today: date
) -> ReadRows:
    """Demands, and what they leave of the forecasts."""
    fields = ("bucket", "quantity", "kind", "back", "ahead", "fence")
    told = rows_of(connection, FORECASTS, fields, company, today, other=True)
    if not len(told):
        return read
    orders: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
    real = np.isin(read.demands.key, told.key) & (read.demands.numbers["kind"] == 0)
    for place in np.flatnonzero(real).tolist():
        numbers = read.demands.numbers
        bucket, quantity = int(numbers["bucket"][place]), int(numbers["quantity"][place])
        orders[bytes(read.demands.key[place])].append((bucket, quantity))
    left = told.numbers["quantity"].copy()
    for key in dict.fromkeys(map(bytes, told.key)):
        own = np.flatnonzero(told.key == np.bytes_(key))
        own = own[np.argsort(told.numbers["bucket"][own], kind="stable")]
        wanted = list(zip(told.numbers["bucket"][own].tolist(), left[own].tolist(), strict=True))
        spans = (int(told.numbers[name][own[0]]) for name in ("back", "ahead", "fence"))
        left[own] = [quantity for _, quantity in unconsumed(wanted, orders[key], *spans)]
    numbers = {"bucket": told.numbers["bucket"], "quantity": left, "kind": told.numbers["kind"]}
    fresh = both(read.demands, Keyed(told.key, told.other, numbers))
    return replace(read, demands=fresh)


def changed(read: ReadRows, changes: dict[str, Any]) -> ReadRows:
    """What a what-if adds: demands and receipts in smallest units, on days from today."""

    def added(rows: Keyed, name: str, kind: int) -> Keyed:
        wishes = changes.get(name, [])
        if not wishes:
            return rows
        width = np.dtype([("key", "V16"), ("other", "V16"), ("bucket", "i8"), ("quantity", "i8"),
                          ("kind", "i8")])  # fmt: skip
        table = np.array(
            [
                (UUID(one["item_id"]).bytes, UUID(one["item_id"]).bytes, one["bucket"],
                 one["count"], kind)
                for one in wishes
            ],
            width,
        )  # fmt: skip
        return both(rows, keyed(table, "bucket", "quantity", "kind"))

    return replace(
        read,
        demands=added(read.demands, "demands", DEMAND_KINDS.index("what_if")),
        receipts=added(read.receipts, "receipts", RECEIPT_KINDS.index("what_if")),
    )


def store(
    connection: Connection[TupleRow], run_id: UUID, company: UUID, desk: Desk, said: Ints
) -> None:
    connection.execute(
        "INSERT INTO plan_store (company_id, run_id, body) VALUES (%s, %s, %b)",
        (company, run_id, packed(desk.named, desk.plan)),
    )
    ids, decimals = desk.snapshot.ids, desk.snapshot.decimals
    scales = [Decimal(1).scaleb(-places) for places in range(7)]
    copy = sql.SQL("COPY plan_message FROM STDIN")
    head = f"{company}\t{run_id}"
    lines = (
        f"{head}\t{place}\t{ids[item]}\t{KINDS[kind]}\t{bucket}\t{to}\t"
        f"{count if not decimals[item] else count * scales[decimals[item]]}\n"
        for place, (item, kind, bucket, to, count) in enumerate(said.tolist())
    )
    with connection.cursor() as cursor, cursor.copy(copy) as target:
        target.write("".join(lines).encode())
