"""Questions to a finished run, answered in a child process from its stored plan.

Called there with a connection string; every function opens its own connection, so that the
service's own are never held by a plan.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import Connection, connect
from psycopg.rows import TupleRow

from services.production.mrp.engine.engines import chosen_engine
from services.production.mrp.engine.messages import KINDS
from services.production.mrp.engine.packing import unpacked
from services.production.mrp.engine.promising_loop import earliest_by_loop
from services.production.mrp.engine.read_rows import Ints
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.rules import Desk
from services.production.plan_desk.rules import differing, promise_rows
from shared.i18n import Bilingual
from shared.workers import Worker


@dataclass(frozen=True, slots=True)
class Promised:
    """Days from the run's own, None: not within the horizon."""

    atp: int | None
    ctp: int | None
    notice: Bilingual | None


KEPT = 3  # desks in memory
DESKS: "OrderedDict[UUID, Desk]" = OrderedDict()


def warm() -> None:
    """Load the engine before the first run waits for it."""
    chosen_engine()


DESK = Worker(nice=5, warm=warm)


def opened(url: str) -> Connection[TupleRow]:
    """A connection whose questions keep to one core: the others are for who does not plan."""
    plain = url.replace("+psycopg", "", 1)
    alone = "-c max_parallel_workers_per_gather=0"
    return connect(plain, application_name="mailuo-planning", autocommit=True, options=alone)


def keep(run_id: UUID, desk: Desk) -> None:
    DESKS[run_id] = desk
    DESKS.move_to_end(run_id)
    while len(DESKS) > KEPT:
        DESKS.popitem(last=False)


def desk_of(url: str, run_id: UUID) -> Desk:
    """The run's desk, from memory or from its store, and that of the run it differs from."""
    if run_id not in DESKS:
        with opened(url) as connection:
            row = connection.execute(READ, (run_id,), binary=True).fetchone()
            assert row is not None
            stored, base_id = unpacked(bytes(row[0])), row[1]
            said = stored.said
            if said is None:
                said = told_before(connection, run_id, stored.named.snapshot)
        if base_id is None:
            keep(run_id, Desk(stored.named, stored.plan, said, run_id))
        else:
            keep(run_id, differing(desk_of(url, base_id), base_id, replace(stored, said=said)))
    DESKS.move_to_end(run_id)
    return DESKS[run_id]


READ = "SELECT body, base_id FROM plan_store WHERE run_id = %s"
TOLD = """
SELECT item_id, kind, bucket, to_bucket, quantity FROM plan_message
WHERE run_id = %s ORDER BY place
"""


def told_before(connection: Connection[TupleRow], run_id: UUID, snapshot: Snapshot) -> Ints:
    """The messages of a run of an earlier release, which kept them as rows."""
    place = {id: number for number, id in enumerate(snapshot.ids)}
    rows = [
        (item, KINDS.index(kind), bucket, to, int(quantity.scaleb(snapshot.decimals[item])))
        for id, kind, bucket, to, quantity in connection.execute(TOLD, (run_id,))
        for item in (place[str(id)],)
    ]
    return np.array(rows, np.int64).reshape(-1, 5)


def ask(url: str, run_id: UUID, question: Callable[..., Any], *given: Any) -> Any:
    """Put a pure question of `mrp/rules.py` to a run's desk."""
    return question(desk_of(url, run_id), *given)


def compare(url: str, one: UUID, other: UUID, question: Callable[..., Any], *given: Any) -> Any:
    return question(desk_of(url, one), desk_of(url, other), *given)


def promised(url: str, run_id: UUID, item_id: str, quantity: Decimal) -> Promised:
    """The first days on which so much can be had: from what is planned, and by planning more.

    Without the compiled engine the reference plans, and the notice says so.
    """
    desk = desk_of(url, run_id)
    item, rows = promise_rows(desk, item_id)
    wanted = quantity.scaleb(desk.snapshot.decimals[item])
    count = int(
        wanted.to_integral_value(ROUND_CEILING)
    )  # of half a piece a whole one must be there
    atp = next((bucket for bucket, free in enumerate(rows) if free >= count), None)
    notice = chosen_engine().notice
    if notice is None:
        from services.production.mrp.engine.promising import earliest

        return Promised(atp, earliest(desk.snapshot, item, count), None)
    return Promised(atp, earliest_by_loop(desk.snapshot, desk.plan, item, count), notice)
