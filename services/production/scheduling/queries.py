"""Reading a window's shop from the service's own tables, in the scheduling process.

All is read in one repeatable-read transaction: orders, operations and centres are of one moment.
"""

from datetime import date, timedelta
from typing import LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from services.production.scheduling.rules import (
    Need,
    ReadCentre,
    ReadOperation,
    ReadOrder,
    ReadShop,
)

# A paused order takes no place; it stands again when it is resumed.
ORDERS: LiteralString = """
SELECT id, 'production_order', number, item_id, expected, version, start_on, due_on,
       material = 'waiting', demand_id
FROM production_order
WHERE company_id = %(company)s AND start_on < %(until)s AND expected > 0
  AND (state IN ('released', 'in_progress') OR (%(firmed)s AND state = 'firmed'))
UNION ALL
SELECT id, 'planned_order', '', item_id, quantity, version, start_on, needed_on, true, demand_id
FROM planned_order
WHERE %(planned)s AND company_id = %(company)s AND start_on < %(until)s AND state = 'planned'
  AND kind = 'make'
"""
# What was released has its operations frozen; the rest takes the routing of its day.
OPERATIONS: LiteralString = """
SELECT order_id, operation, name, work_centre_id, setup_minutes, run_minutes
FROM operation WHERE order_id = ANY(%(orders)s::uuid[]) AND state = 'open'
UNION ALL
SELECT o.id, line.operation, line.name, line.work_centre_id, line.setup_minutes, line.run_minutes
FROM unnest(%(loose)s::uuid[], %(items)s::uuid[], %(days)s::date[]) AS o(id, item_id, day)
CROSS JOIN LATERAL (
  SELECT operations FROM routing_copy r
  WHERE r.company_id = %(company)s AND r.item_id = o.item_id AND r.active
    AND r.valid_from <= o.day AND coalesce(r.valid_to >= o.day, true)
  ORDER BY r.valid_from DESC LIMIT 1
) AS routing
CROSS JOIN LATERAL jsonb_to_recordset(routing.operations) AS line(
  operation int, name text, work_centre_id uuid, setup_minutes numeric, run_minutes numeric)
ORDER BY 1, 2
"""
NEEDS: LiteralString = """
SELECT part.order_id, part.item_id
FROM order_component part
JOIN production_order made ON made.id = part.order_id AND made.bom_id = part.bom_id
WHERE part.order_id = ANY(%(orders)s::uuid[]) AND made.material = 'waiting'
UNION
SELECT o.id, line.component_id
FROM unnest(%(loose)s::uuid[], %(items)s::uuid[], %(days)s::date[]) AS o(id, item_id, day)
CROSS JOIN LATERAL (
  SELECT lines FROM bom_copy b
  WHERE b.company_id = %(company)s AND b.item_id = o.item_id AND b.active
    AND b.valid_from <= o.day AND coalesce(b.valid_to >= o.day, true)
  ORDER BY b.valid_from DESC LIMIT 1
) AS bom
CROSS JOIN LATERAL jsonb_to_recordset(bom.lines) AS line(component_id uuid)
"""
CENTRES: LiteralString = """
SELECT id, units, greatest(floor(hours_per_day * 60), 1)::int, efficiency FROM work_centre_copy
WHERE company_id = %(company)s
"""


def read_shop(
    connection: Connection[TupleRow], company: UUID, first: date, days: int, orders: str
) -> ReadShop:
    """What must be made by orders that begin before the window ends.

    `orders`: released ones; firmed ones too; planned ones too.
    """
    asked = {
        "company": company,
        "until": first + timedelta(days=days),
        "firmed": orders in ("firmed", "planned"),
        "planned": orders == "planned",
    }
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = [ReadOrder(*row) for row in connection.execute(ORDERS, asked)]
        frozen = [one.id for one in found if one.kind == "production_order"]
        operations, needs = read_work(connection, company, found, frozen, first)
        rows = connection.execute(CENTRES, asked)
        centres = {row[0]: ReadCentre(*row) for row in rows}
    return ReadShop(found, operations, needs, centres)


def read_work(
    connection: Connection[TupleRow],
    company: UUID,
    orders: list[ReadOrder],
    frozen: list[UUID],
    first: date,
) -> tuple[list[ReadOperation], list[Need]]:
    """Operations still to be done, in their order, and the items that are still waited for."""
    released = connection.execute(
        "SELECT DISTINCT order_id FROM operation WHERE order_id = ANY(%s::uuid[])", (frozen,)
    )
    begun = {row[0] for row in released}
    loose = [one for one in orders if one.id not in begun]
    asked = {
        "company": company,
        "orders": frozen,
        "loose": [one.id for one in loose],
        "items": [one.item_id for one in loose],
        "days": [max(one.start_on, first) for one in loose],
    }
    operations = [ReadOperation(*row) for row in connection.execute(OPERATIONS, asked)]
    return operations, [Need(*row) for row in connection.execute(NEEDS, asked)]
