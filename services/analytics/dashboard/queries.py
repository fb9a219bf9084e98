"""The dashboard's figures, and their proof."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.analytics.dashboard.rules import COST_RIGHTS, Sums, span_of, tiles
from services.analytics.facts.tables import Fact
from shared.actor import Actor
from shared.contracts.analytics.dashboard import Dashboard, Proof, Unequal
from shared.database import AsyncSession
from shared.listing import Listing

ZERO = Decimal(0)
LISTING = Listing(
    Fact,
    {"grain": "in", "item_id": "ref", "partner_id": "ref", "document_id": "ref", "day": "range"},
    sort=("day", "document_number"),
    search=("document_number",),
    counts_by="grain",
)
DAYS = text("""
SELECT grain, sum(amount) AS amount, sum(quantity) AS quantity, sum(loss) AS loss,
       sum(facts) AS facts
FROM daily_sum WHERE company_id = :company AND day BETWEEN :first AND :last GROUP BY grain
""")
DOCUMENTS = text("""
SELECT grain, count(DISTINCT document_id) AS documents FROM fact
WHERE company_id = :company AND day BETWEEN :first AND :last GROUP BY grain
""")
# Each value stands from its day to the day before the next one, within the span.
STOCK = text("""
WITH stands AS (
  SELECT item_id, value, day,
    lead(day) OVER (PARTITION BY item_id ORDER BY day) - 1 AS until
  FROM stock_day WHERE company_id = :company AND day <= :last
)
SELECT coalesce(sum(value * (least(coalesce(until, :last), :last) - greatest(day, :first) + 1)), 0)
         AS stock_days, count(DISTINCT item_id) AS items
FROM stands WHERE coalesce(until, :last) >= :first
""")
FULFILMENT = text("""
SELECT count(*) AS due,
  count(*) FILTER (WHERE shipped.quantity >= line.quantity) AS met
FROM fact line
LEFT JOIN LATERAL (
  SELECT sum(one.quantity) AS quantity FROM fact one
  WHERE one.company_id = :company AND one.line_id = line.line_id
    AND one.grain = 'shipment_line' AND one.day <= line.due_on) shipped ON true
WHERE line.company_id = :company AND line.grain = 'order_line'
  AND line.due_on BETWEEN :first AND :last
  AND NOT EXISTS (SELECT FROM cancelled_order c WHERE c.id = line.document_id
                  AND c.company_id = :company)
""")
POSITIONS = text("""
SELECT source, position FROM consumer_position WHERE consumer = 'analytics' ORDER BY source
""")
COUNTS = text("""
SELECT (SELECT count(*) FROM fact WHERE company_id = :company) AS facts,
       (SELECT count(*) FROM daily_sum WHERE company_id = :company)
     + (SELECT count(*) FROM monthly_item_sum WHERE company_id = :company) AS sums
""")
PROVE = text("""
WITH fresh AS (
  SELECT 'day' AS sums, grain, CAST(day AS text) AS key, sum(quantity) + sum(loss) + sum(amount)
           AS facts
  FROM fact WHERE company_id = :company GROUP BY grain, day
  UNION ALL
  SELECT 'month × item', grain, to_char(day, 'YYYY-MM') || ' ' || item_id,
         sum(quantity) + sum(loss) + sum(amount)
  FROM fact WHERE company_id = :company GROUP BY grain, to_char(day, 'YYYY-MM'), item_id
), kept AS (
  SELECT 'day' AS sums, grain, CAST(day AS text) AS key, quantity + loss + amount AS kept
  FROM daily_sum WHERE company_id = :company AND facts > 0
  UNION ALL
  SELECT 'month × item', grain, to_char(month, 'YYYY-MM') || ' ' || item_id,
         quantity + loss + amount
  FROM monthly_item_sum WHERE company_id = :company AND facts > 0
)
SELECT sums, grain, key, coalesce(kept, 0) AS kept, coalesce(facts, 0) AS facts
FROM fresh FULL JOIN kept USING (sums, grain, key)
WHERE kept IS DISTINCT FROM facts ORDER BY sums, grain, key LIMIT 200
""")


async def dashboard(session: AsyncSession, actor: Actor, first: date, last: date) -> Dashboard:
    """Every tile of a span of days. Raises SpanRefused."""
    days = span_of(first, last)
    cost = any(actor.may(right) for right in COST_RIGHTS)
    shown, hidden = tiles(await sums_of(session, actor.company_id, first, last), days, cost=cost)
    rows = await session.execute(POSITIONS)
    return Dashboard(
        first=first,
        last=last,
        tiles=shown,
        hidden=hidden,
        as_of={row.source: row.position for row in rows},
    )


async def sums_of(session: AsyncSession, company_id: UUID, first: date, last: date) -> Sums:
    asked = {"company": company_id, "first": first, "last": last}
    by_grain = {row.grain: row for row in await session.execute(DAYS, asked)}
    documents = {row.grain: row.documents for row in await session.execute(DOCUMENTS, asked)}
    stock = (await session.execute(STOCK, asked)).one()
    fulfilment = (await session.execute(FULFILMENT, asked)).one()
    sales, cost, reports = (
        by_grain.get(grain) for grain in ("invoice_line", "cost_line", "operation_report")
    )
    return Sums(
        sales=sales.amount if sales else ZERO,
        sales_documents=documents.get("invoice_line", 0),
        cost=cost.amount if cost else ZERO,
        cost_documents=documents.get("cost_line", 0),
        stock_days=stock.stock_days,
        stock_items=stock.items,
        due_lines=fulfilment.due,
        met_lines=fulfilment.met,
        good=reports.quantity if reports else ZERO,
        scrap=reports.loss if reports else ZERO,
        reports=documents.get("operation_report", 0),
    )


async def prove(session: AsyncSession, company_id: UUID) -> Proof:
    """Recompute every kept sum from the facts and name those that differ."""
    asked = {"company": company_id}
    counts = (await session.execute(COUNTS, asked)).one()
    rows = (await session.execute(PROVE, asked)).mappings()
    unequal = tuple(Unequal.model_validate(dict(row)) for row in rows)
    return Proof(facts=counts.facts, sums=counts.sums, differences=unequal, proven=not unequal)
