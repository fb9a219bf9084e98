"""The load of work centres, computed in the planning process: of a run, or of the orders there are.

What a run plans is taken from its store, so that the answer fits the run; of the orders that it
counted as supply only what remains of them now counts. Orders made since are none of the run's.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import numpy as np

from services.production.mrp.engine.columnar import shown_id
from services.production.mrp.queries import rows_of
from services.production.mrp.rules import RECEIPT_KINDS, Desk
from services.production.plan_desk.queries import desk_of, opened
from services.production.scheduling.queries import read_work
from services.production.scheduling.rules import ReadOrder
from services.production.work_load.engine.loading import by_parts, load_by_day
from services.production.work_load.engine.parts import Part, padded, plan_part, real_part
from services.production.work_load.engine.works import Ints
from services.production.work_load.rules import (
    Asked,
    LoadCentre,
    WorkCentreUnknown,
    load_view,
    most_first,
    pegs_view,
    worked_before,
    worked_days,
)

Json = dict[str, Any]
DAY_MINUTES = 480.0  # of a work centre that has not been told
CENTRES: LiteralString = """
SELECT id, code, name, (units * hours_per_day * 60 * efficiency)::float8
FROM work_centre_copy WHERE company_id = %(company)s ORDER BY code, id
"""
ROUTES: LiteralString = """
SELECT r.item_id, line.work_centre_id, r.valid_from - {today},
       least(coalesce(r.valid_to - {today}, 1000000), coalesce(r.next_from - 1 - {today}, 1000000)),
       line.operation, line.setup_minutes * 1000000, line.run_minutes * 1000000
FROM (
  SELECT item_id, valid_from, valid_to, operations,
         lead(valid_from) OVER (PARTITION BY item_id ORDER BY valid_from) AS next_from
  FROM routing_copy WHERE company_id = {company} AND active
) AS r CROSS JOIN LATERAL jsonb_to_recordset(r.operations) AS line(
  operation int, work_centre_id uuid, setup_minutes numeric, run_minutes numeric)"""
FIELDS = ("first", "last", "operation", "setup", "run")
# Firm planned orders are supply to plans as production orders are.
REAL: LiteralString = """
SELECT id, 'production_order', number, item_id, expected, version, start_on, due_on,
       material = 'waiting', NULL::uuid
FROM production_order
WHERE company_id = %(company)s AND expected > 0
  AND state IN ('firmed', 'released', 'in_progress', 'paused')
  AND (%(every)s OR id = ANY(%(known)s::uuid[]) OR planned_order_id = ANY(%(known)s::uuid[]))
UNION ALL
SELECT id, 'planned_order', '', item_id, quantity, version, start_on, needed_on, true, NULL
FROM planned_order
WHERE company_id = %(company)s AND state = 'planned' AND firm AND run_id IS NOT NULL
  AND kind = 'make' AND (%(every)s OR id = ANY(%(known)s::uuid[]))
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Load:
    """All that loads, part by part, each with what names one of its orders."""

    centres: Sequence[LoadCentre]
    worked: Ints
    parts: Sequence[tuple[Part, Callable[[int], Json]]]


def shown_load(url: str, company: UUID, run_id: UUID | None, working: str, asked: Asked) -> Json:
    """Load, capacity and overloads of a run, or (None) of the orders there are."""
    load = load_of(url, company, run_id, working, asked.today)
    shown = centres_shown(load, asked.work_centre)
    days = int(load.worked[-1])
    minutes = np.zeros((len(load.centres), days))
    for part, _ in load.parts:
        for works in by_parts(part.orders, part.routes, part.pairs, load.worked):
            minutes += load_by_day(works, len(load.centres), days)
    without = sum(part.without for part, _ in load.parts)
    own = [load.centres[place] for place in shown]
    return load_view(asked, own, minutes[shown], load.worked, without)


def shown_pegs(
    url: str, company: UUID, run_id: UUID | None, working: str, asked: Asked, place: slice
) -> Json:
    """What loads one work centre in the days asked for, the most first: one page, and counts."""
    load = load_of(url, company, run_id, working, asked.today)
    [centre] = centres_shown(load, asked.work_centre)
    span = worked_days(asked, load.worked, asked.first, asked.last)
    found: list[Json] = []
    for part, document in load.parts:
        for works in by_parts(part.orders, part.routes, part.pairs, load.worked):
            found += pegs_view(part, works.at(centre), document, span)
    counts = Counter(one["kind"] for one in found)
    return {"pegs": most_first(found)[place], "total": len(found), "counts": dict(counts)}


def centres_shown(load: Load, wanted: UUID | None) -> list[int]:
    """Places of the centres asked for. Raises WorkCentreUnknown."""
    found = [n for n, one in enumerate(load.centres) if wanted is None or one.id == wanted]
    if wanted is not None and not found:
        raise WorkCentreUnknown(work_centre_id=wanted)
    return found


def load_of(url: str, company: UUID, run_id: UUID | None, working: str, today: date) -> Load:
    """Read what there is and lay it out in columns."""
    desk = None if run_id is None else desk_of(url, run_id)
    asked = {"company": company, "every": desk is None, "known": supplies_of(desk)}
    with opened(url) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        told = [LoadCentre(*row) for row in connection.execute(CENTRES, asked)]
        real = [ReadOrder(*row) for row in connection.execute(REAL, asked)]
        frozen = [one.id for one in real if one.kind == "production_order"]
        operations, _ = read_work(connection, company, real, frozen, today)
        routes = None
        if desk is not None:
            routes = rows_of(connection, ROUTES, FIELDS, (company, today, None), other=True)
    named = {one.work_centre_id for one in operations}
    if routes is not None:
        named |= {UUID(bytes=padded(one)) for one in np.unique(routes.other).tolist()}
    centres = with_unknown(told, named)
    places = {one.id: place for place, one in enumerate(centres)}
    part = real_part(real, operations, places, today)
    parts: list[tuple[Part, Callable[[int], Json]]] = [(part, lambda n: of_document(real[n]))]
    if desk is not None and routes is not None:
        planned = plan_part(desk, routes, {id.bytes: place for id, place in places.items()})
        parts.append((planned, of_plan(desk)))
    return Load(centres, worked_before(working), parts)


def supplies_of(desk: Desk | None) -> list[UUID]:
    """Production orders and firm orders that a run counted as supply."""
    if desk is None:
        return []
    kinds = [RECEIPT_KINDS.index(kind) for kind in ("production_order", "firm")]
    places = np.flatnonzero(np.isin(desk.named.receipt_kinds, kinds)).tolist()
    return [UUID(shown_id(desk.named.receipt_ids, place)) for place in places]


def with_unknown(told: list[LoadCentre], named: set[UUID]) -> list[LoadCentre]:
    """Work centres that routings name and nobody has told of yet: one unit for eight hours."""
    missing = sorted(named - {one.id for one in told})
    return [*told, *(LoadCentre(id, "", "", DAY_MINUTES) for id in missing)]


def of_document(order: ReadOrder) -> Json:
    return {
        "kind": order.kind,
        "document_id": str(order.id),
        "number": order.number,
        "item_id": str(order.item_id),
        "order": None,
    }


def of_plan(desk: Desk) -> Callable[[int], Json]:
    """Names an order of the plan by its place in the plan's columns."""
    at = np.asarray(desk.plan.at)
    count = np.asarray(desk.plan.count)
    items = np.flatnonzero(count)
    items = items[np.argsort(at[items], kind="stable")]

    def named(place: int) -> Json:
        item = int(items[np.searchsorted(at[items], place, side="right") - 1])
        return {
            "kind": "order",
            "document_id": None,
            "number": "",
            "item_id": desk.snapshot.ids[item],
            "order": place - int(at[item]),
        }

    return named
