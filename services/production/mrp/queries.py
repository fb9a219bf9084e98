"""Reading a company's whole planning input from the service's own tables, in the planning process.

Each question's rows are packed by the database into one value of fixed width, which numpy takes as
it comes: row by row a driver would take longer than the plan. All are read in one repeatable-read
transaction: the snapshot is of one moment.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import numpy as np
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from services.production.mrp.engine.mps import unconsumed
from services.production.mrp.engine.read_rows import (
    DATED_FIELDS,
    ITEM_FIELDS,
    LINE_FIELDS,
    SUBSTITUTE_FIELDS,
    Ints,
    Keyed,
    ReadRows,
    joined,
    keyed,
)

UUID_BYTES, INT_BYTES = 16, 8
Among = Collection[UUID] | None  # these items; None: all
# What is bought goes by the terms of its best source, where one is approved.
ITEMS = """
SELECT i.id, i.decimals,
       coalesce(s.lead_time_days, i.lead_time_days)
         + CASE WHEN i.kind IN ('manufactured', 'finished') THEN 0
                ELSE coalesce(p.inspection_days, 0) END,
       coalesce(p.safety_days, 0),
       ceil(coalesce(s.order_minimum, i.order_minimum) * power(10::numeric, i.decimals)),
       floor(coalesce(p.lot_maximum, 0) * power(10::numeric, i.decimals)),
       ceil(coalesce(s.order_multiple, i.order_multiple) * power(10::numeric, i.decimals)),
       coalesce(p.periods, 1),
       ceil(i.safety_stock * power(10::numeric, i.decimals)), coalesce(i.shelf_life_days - 1, -1),
       coalesce(p.minimum_life_days, 0), coalesce(p.working_days, false)::int,
       coalesce(p.phantom, false)::int, coalesce(p.good_share, 1) * 1000000,
       coalesce(p.days_per_unit, 0) * 1000000, coalesce(p.planning_fence, 0)
FROM item_copy i LEFT JOIN planning_policy p ON p.item_id = i.id
LEFT JOIN (
  SELECT DISTINCT ON (item_id) item_id, lead_time_days, order_minimum, order_multiple
  FROM source_copy WHERE company_id = {company} AND active AND {among} ORDER BY item_id, rank, id
) s ON s.item_id = i.id AND i.kind NOT IN ('manufactured', 'finished')
WHERE i.company_id = {company}"""
# Lines are numbered through, so that substitutes find theirs.
LINES = """
SELECT b.item_id, line.component_id, line.quantity * 1000000, coalesce(line.scrap, 0) * 1000000,
       b.valid_from - {today}, coalesce(b.valid_to - {today}, 1000000), b.place + line.line
FROM (
  SELECT *, row_number() OVER (ORDER BY id) * 100000 AS place FROM bom_copy
  WHERE company_id = {company} AND active AND coalesce(valid_to >= {today}, true)
) b CROSS JOIN LATERAL jsonb_to_recordset(b.lines)
    AS line(line int, component_id uuid, quantity numeric, scrap numeric)"""
SUBSTITUTES = """
SELECT b.item_id, other.component_id, b.place + line.line, coalesce(other.quantity, 0) * 1000000,
       other.priority
FROM (
  SELECT *, row_number() OVER (ORDER BY id) * 100000 AS place FROM bom_copy
  WHERE company_id = {company} AND active AND coalesce(valid_to >= {today}, true)
) b CROSS JOIN LATERAL jsonb_to_recordset(b.lines) AS line(line int, substitutes jsonb)
CROSS JOIN LATERAL jsonb_to_recordset(line.substitutes)
     AS other(component_id uuid, quantity numeric, priority int)"""
STOCK = """
SELECT s.id, 0, floor((s.usable - s.reserved) * power(10::numeric, i.decimals))
FROM stock_copy s JOIN item_copy i ON i.id = s.id WHERE s.company_id = {company}"""
LOTS = """
SELECT l.item_id, e.until - {today},
       floor(sum(l.quantity) * power(10::numeric, max(i.decimals)))
FROM lot_stock l JOIN item_copy i ON i.id = l.item_id
JOIN (SELECT lot_id, max(usable_until) AS until FROM lot_stock
      WHERE company_id = {company} AND {among} GROUP BY lot_id) e ON e.lot_id = l.lot_id
WHERE l.company_id = {company} AND e.until >= {today} AND l.quality IN ('released', 'conceded')
  AND NOT l.blocked AND l.quantity > 0
GROUP BY l.item_id, e.until"""
DEMANDS = """
SELECT d.item_id, d.document, d.day - {today},
       ceil(d.quantity * power(10::numeric, i.decimals)), d.kind
FROM (
  SELECT line.item_id, line.demand_id AS document, line.needed_on AS day, line.quantity, 0 AS kind
  FROM demand_line line JOIN demand ON demand.id = line.demand_id
  WHERE demand.company_id = {company} AND demand.state NOT IN ('covered', 'cancelled')
  UNION ALL
  SELECT part.item_id, part.order_id, made.start_on, part.quantity - part.held, 1
  FROM order_component part
  JOIN production_order made ON made.id = part.order_id AND made.bom_id = part.bom_id
  WHERE made.company_id = {company} AND made.state NOT IN ('closed', 'cancelled')
    AND made.material = 'waiting'
) d JOIN item_copy i ON i.id = d.item_id"""
RECEIPTS = """
SELECT r.item_id, r.document, coalesce(r.day, {today}) - {today} + r.more,
       floor(r.quantity * power(10::numeric, i.decimals)), r.kind
FROM (
  SELECT line.item_id, line.order_id AS document, line.due_on AS day,
         line.open_quantity AS quantity, coalesce(p.inspection_days, 0) AS more, 0 AS kind
  FROM purchase_line_copy line LEFT JOIN planning_policy p ON p.item_id = line.item_id
  WHERE line.company_id = {company} AND line.open_quantity > 0
  UNION ALL
  SELECT item_id, id, needed_on, quantity, 0, 1 FROM requisition_copy
  WHERE company_id = {company} AND state = 'open' AND item_id IS NOT NULL
  UNION ALL
  SELECT item_id, id, needed_on, quantity, 0, 2 FROM planned_order
  WHERE company_id = {company} AND state = 'released' AND kind = 'buy'
    AND NOT EXISTS (SELECT FROM requisition_copy r WHERE r.planned_order_id = planned_order.id)
  UNION ALL
  SELECT item_id, id, due_on, expected, 0, 3 FROM production_order
  WHERE company_id = {company} AND state NOT IN ('closed', 'cancelled')
  UNION ALL
  SELECT s.id, s.id, {today}, s.to_inspect, coalesce(p.inspection_days, 0), 4
  FROM stock_copy s LEFT JOIN planning_policy p ON p.item_id = s.id
  WHERE s.company_id = {company} AND s.to_inspect > 0
  UNION ALL
  SELECT item_id, id, needed_on, quantity, 0, 5 FROM planned_order
  WHERE company_id = {company} AND state = 'planned' AND firm AND run_id IS NOT NULL
) r JOIN item_copy i ON i.id = r.item_id"""
# A firm order to make takes its components when it starts, as any order of its item would.
FIRM_NEEDS = """
SELECT line.component_id, o.id, greatest(o.start_on - {today}, 0),
       ceil(ceil(o.quantity / coalesce(p.good_share, 1) * power(10::numeric, made.decimals))
            / power(10::numeric, made.decimals) * line.quantity / (1 - coalesce(line.scrap, 0))
            * power(10::numeric, i.decimals)), 4
FROM planned_order o JOIN item_copy made ON made.id = o.item_id
LEFT JOIN planning_policy p ON p.item_id = o.item_id
JOIN bom_copy b ON b.item_id = o.item_id AND b.company_id = o.company_id AND b.active
  AND greatest(o.start_on, {today}) BETWEEN b.valid_from AND coalesce(b.valid_to, 'infinity')
CROSS JOIN LATERAL
     jsonb_to_recordset(b.lines) AS line(component_id uuid, quantity numeric, scrap numeric)
JOIN item_copy i ON i.id = line.component_id
WHERE o.company_id = {company} AND o.state = 'planned' AND o.firm AND o.run_id IS NOT NULL
  AND o.kind = 'make'"""
FORECASTS = """
SELECT f.item_id, f.item_id, f.day - {today},
       ceil(f.quantity * power(10::numeric, i.decimals)), 2,
       coalesce(p.consume_back, 0), coalesce(p.consume_ahead, 0), coalesce(p.demand_fence, 0)
FROM forecast f JOIN item_copy i ON i.id = f.item_id
LEFT JOIN planning_policy p ON p.item_id = f.item_id
WHERE f.company_id = {company} AND f.day >= {today}"""
# What is asked of a few items stands on the structure that is known.
NO_LINES = "SELECT id, id, 0, 0, 0, 0, 0 FROM item_copy WHERE false"
NO_SUBSTITUTES = "SELECT id, id, 0, 0, 0 FROM item_copy WHERE false"
POSITIONS = "SELECT source, position FROM consumer_position ORDER BY source"


def read_rows(
    connection: Connection[TupleRow], company: UUID, today: date, among: Among = None
) -> ReadRows:
    """Everything that a run plans with; `among` some items, what concerns these, structures not."""

    def ask(question: LiteralString, *fields: str, other: bool = True) -> Keyed:
        return rows_of(connection, question, fields, (company, today, among), other=other)

    demands = ask(DEMANDS, *DATED_FIELDS)
    firm = ask(FIRM_NEEDS, *DATED_FIELDS)
    forecasts = ask(FORECASTS, "bucket", "quantity", "kind", "back", "ahead", "fence")
    return ReadRows(
        items=ask(ITEMS, *ITEM_FIELDS, other=False),
        lines=ask(LINES if among is None else NO_LINES, *LINE_FIELDS),
        stock=ask(STOCK, "bucket", "quantity", other=False),
        lots=ask(LOTS, "bucket", "quantity", other=False),
        demands=with_forecasts(joined(demands, firm), forecasts),
        receipts=ask(RECEIPTS, *DATED_FIELDS),
        substitutes=ask(SUBSTITUTES if among is None else NO_SUBSTITUTES, *SUBSTITUTE_FIELDS),
    )


def with_forecasts(demands: Keyed, told: Keyed) -> Keyed:
    """Demands, and what they leave of the forecasts."""
    if not len(told):
        return demands
    orders: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
    real = np.isin(demands.key, told.key) & (demands.numbers["kind"] == 0)
    for place in np.flatnonzero(real).tolist():
        bucket, quantity = (int(demands.numbers[name][place]) for name in ("bucket", "quantity"))
        orders[bytes(demands.key[place])].append((bucket, quantity))
    left = told.numbers["quantity"].copy()
    for own in by_day(told):
        wanted = list(zip(told.numbers["bucket"][own].tolist(), left[own].tolist(), strict=True))
        spans = (int(told.numbers[name][own[0]]) for name in ("back", "ahead", "fence"))
        rests = unconsumed(wanted, orders[bytes(told.key[own[0]])], *spans)
        left[own] = [quantity for _, quantity in rests]
    numbers = {"bucket": told.numbers["bucket"], "quantity": left, "kind": told.numbers["kind"]}
    return joined(demands, Keyed(told.key, told.other, numbers))


def by_day(rows: Keyed) -> list[Ints]:
    """The places of each item's rows, by day."""
    order = np.lexsort((rows.numbers["bucket"], rows.key))
    changes = np.flatnonzero(rows.key[order][1:] != rows.key[order][:-1]) + 1
    return np.split(order, changes)


def rows_of(
    connection: Connection[TupleRow],
    question: LiteralString,
    fields: tuple[str, ...],
    asked: tuple[UUID, date, Among],
    *,
    other: bool,
) -> Keyed:
    """One question's rows: a UUID, another where `other`, then whole numbers."""
    ids = ("key", "other") if other else ("key",)
    company, today, among = asked
    one_of = sql.SQL("= ANY({}::uuid[])").format(sql.Literal(list(among or ())))
    given = sql.SQL(question).format(
        company=sql.Literal(company),
        today=sql.Literal(today),
        among=sql.SQL("TRUE") if among is None else sql.SQL("item_id {}").format(one_of),
    )
    names = [sql.Identifier(f"c{place}") for place in range(len(ids) + len(fields))]
    parts = [sql.SQL("uuid_send({})").format(name) for name in names[: len(ids)]]
    parts += [sql.SQL("int8send({}::bigint)").format(name) for name in names[len(ids) :]]
    packed = sql.SQL(
        "SELECT coalesce(string_agg({}, ''::bytea), ''::bytea) FROM ({}) AS asked({}) WHERE {}"
    ).format(
        sql.SQL(" || ").join(parts),
        given,
        sql.SQL(", ").join(names),
        sql.SQL("TRUE") if among is None else sql.SQL("c0 {}").format(one_of),
    )
    row = connection.execute(packed, binary=True).fetchone()
    assert row is not None
    return keyed(np.frombuffer(row[0], layout(ids, fields)), *fields, other=other)


def layout(ids: tuple[str, ...], fields: tuple[str, ...]) -> "np.dtype[Any]":
    """One packed row: UUIDs, then whole numbers in network order."""
    parts: list[tuple[str, str]] = [(name, f"V{UUID_BYTES}") for name in ids]
    return np.dtype([*parts, *((name, f">i{INT_BYTES}") for name in fields)])


def heard(connection: Connection[TupleRow]) -> dict[str, int]:
    """How far this service has heard each other one: what the snapshot stands on."""
    return {str(source): int(position) for source, position in connection.execute(POSITIONS)}
