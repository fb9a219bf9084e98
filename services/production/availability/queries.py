"""What is free to plan with, and what was let go since: a statement each."""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.production.mrp.queries import FIRM_NEEDS
from shared.database import AsyncSession
from shared.outbox import teller
from shared.session import today

NEEDS = FIRM_NEEDS.format(company="CAST(:company AS uuid)", today="CAST(:today AS date)")
# Supply: usable less reserved, what waits for inspection, what is still to arrive, requisitions
# without an order, purchases released but not yet requisitioned, and what production still makes.
# Claims: components that orders wait for, demands that are released and not yet held, and what the
# plans of other demands draw. Orders that are firm though not released are both, as in a plan run:
# they stay, so what they make is not ordered again, and what they take is not given twice.
FREE = text(f"""
SELECT item_id, sum(quantity) AS free FROM (
  SELECT id AS item_id, usable - reserved + to_inspect AS quantity
  FROM stock_copy WHERE company_id = :company
  UNION ALL
  SELECT item_id, open_quantity FROM purchase_line_copy
  WHERE company_id = :company AND open_quantity > 0
  UNION ALL
  SELECT item_id, quantity FROM requisition_copy
  WHERE company_id = :company AND state = 'open' AND item_id IS NOT NULL
  UNION ALL
  SELECT item_id, quantity FROM planned_order
  WHERE company_id = :company AND state = 'released' AND kind = 'buy'
    AND NOT EXISTS (SELECT FROM requisition_copy r WHERE r.planned_order_id = planned_order.id)
  UNION ALL
  SELECT item_id, expected FROM production_order
  WHERE company_id = :company AND state NOT IN ('closed', 'cancelled')
  UNION ALL
  SELECT component.item_id, component.held - component.quantity
  FROM order_component component
  JOIN production_order made ON made.id = component.order_id AND made.bom_id = component.bom_id
  WHERE made.company_id = :company AND made.state NOT IN ('closed', 'cancelled')
    AND made.material = 'waiting'
  UNION ALL
  SELECT item_id, quantity FROM planned_order
  WHERE company_id = :company AND state = 'planned' AND firm AND run_id IS NOT NULL
  UNION ALL
  SELECT needs.id, -needs.quantity / power(10::numeric, item_copy.decimals)
  FROM ({NEEDS}) AS needs (id, document, day, quantity, demand)
  JOIN item_copy ON item_copy.id = needs.id
  UNION ALL
  SELECT line.item_id, -line.quantity
  FROM demand_line line JOIN demand ON demand.id = line.demand_id
  WHERE demand.company_id = :company AND demand.state = 'released' AND demand.id <> :demand
  UNION ALL
  SELECT draw.item_id, -draw.quantity
  FROM planned_draw draw JOIN demand ON demand.id = draw.demand_id
  WHERE demand.company_id = :company AND demand.state = 'planned' AND demand.id <> :demand
) figures GROUP BY item_id
""")  # noqa: S608 - put together of constants
ONE_PLAN_AT_A_TIME = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('production.plan' || CAST(:company AS text), 0))"
)


async def free_supply(session: AsyncSession, demand_id: UUID) -> dict[UUID, Decimal]:
    """Free stock units by item, as the demand's plan may use them. Negative: others lack it."""
    company_id = teller(session).company_id
    given = {"company": company_id, "demand": demand_id, "today": today(session)}
    rows = await session.execute(FREE, given)
    return {row.item_id: row.free for row in rows}


# A demand's own plan does not know what was released of a run after it, nor a run what was released
# of a demand's plan. Standing orders of runs are as of the run that was published last.
TAKEN_SINCE = text("""
SELECT DISTINCT other.item_id
FROM planned_order going
JOIN planned_order other ON other.item_id = going.item_id AND other.state = 'released'
WHERE going.company_id = :company AND going.state = 'planned'
  AND (going.id = ANY(CAST(:ids AS uuid[])) OR going.demand_id = CAST(:demand AS uuid))
  AND (other.run_id IS NULL) <> (going.run_id IS NULL)
  AND other.taken_at > CASE
    WHEN going.run_id IS NULL THEN going.planned_at
    ELSE (SELECT max(started_at) FROM plan_run
          WHERE company_id = :company AND published_by <> '') END
ORDER BY other.item_id
""")


async def taken_since(
    session: AsyncSession, ids: Collection[UUID], demand_id: UUID | None
) -> list[UUID]:
    """Items of which another plan let orders go after the ones named were planned."""
    given = {"company": teller(session).company_id, "ids": list(ids), "demand": demand_id}
    return list((await session.execute(TAKEN_SINCE, given)).scalars())
