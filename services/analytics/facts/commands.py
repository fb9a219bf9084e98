"""Writing facts and their sums in one statement (analytics.md 1)."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.analytics.facts.rules import newest
from services.analytics.facts.tables import CancelledOrder, StockDay
from shared.contracts.finance.events import ItemValued
from shared.contracts.sales.events import OrderCancelled
from shared.database import AsyncSession, table_of
from shared.outbox import teller

# A stale or repeated fact returns no row, hence no delta: any order and number of deliveries gives
# the same sums. PostgreSQL 18 returns both the row that was and the row that is.
PUT = text("""
WITH given AS (
  SELECT * FROM json_to_recordset(CAST(:facts AS json)) AS f (
    id uuid, company_id uuid, grain text, version int, day date, item_id uuid, partner_id uuid,
    line_id uuid, due_on date, quantity numeric, loss numeric, amount numeric, source text,
    document_id uuid, document_number text)
), put AS (
  INSERT INTO fact (id, company_id, grain, version, day, item_id, partner_id, line_id, due_on,
                    quantity, loss, amount, source, document_id, document_number)
  SELECT id, company_id, grain, version, day, item_id, partner_id, line_id, due_on,
         coalesce(quantity, 0), coalesce(loss, 0), coalesce(amount, 0), source, document_id,
         document_number
  FROM given ORDER BY id
  ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, day = excluded.day, item_id = excluded.item_id,
    partner_id = excluded.partner_id, line_id = excluded.line_id, due_on = excluded.due_on,
    quantity = excluded.quantity, loss = excluded.loss, amount = excluded.amount,
    document_number = excluded.document_number
  WHERE fact.version < excluded.version
  RETURNING old.id AS was, old.day AS old_day, old.item_id AS old_item,
    old.quantity AS old_quantity, old.loss AS old_loss, old.amount AS old_amount,
    new.company_id, new.grain, new.day, new.item_id, new.quantity, new.loss, new.amount
), delta AS (
  SELECT company_id, grain, day, item_id, 1 AS facts, quantity, loss, amount FROM put
  UNION ALL
  SELECT company_id, grain, old_day, old_item, -1, -old_quantity, -old_loss, -old_amount
  FROM put WHERE was IS NOT NULL
), days AS (
  INSERT INTO daily_sum (company_id, grain, day, facts, quantity, loss, amount)
  SELECT company_id, grain, day, sum(facts), sum(quantity), sum(loss), sum(amount)
  FROM delta GROUP BY company_id, grain, day ORDER BY company_id, grain, day
  ON CONFLICT (company_id, grain, day) DO UPDATE SET
    facts = daily_sum.facts + excluded.facts, quantity = daily_sum.quantity + excluded.quantity,
    loss = daily_sum.loss + excluded.loss, amount = daily_sum.amount + excluded.amount
)
INSERT INTO monthly_item_sum (company_id, grain, month, item_id, facts, quantity, loss, amount)
SELECT company_id, grain, make_date(CAST(extract(year FROM day) AS int),
         CAST(extract(month FROM day) AS int), 1) AS month,
       item_id, sum(facts), sum(quantity), sum(loss), sum(amount)
FROM delta GROUP BY company_id, grain, month, item_id ORDER BY company_id, grain, month, item_id
ON CONFLICT (company_id, grain, month, item_id) DO UPDATE SET
  facts = monthly_item_sum.facts + excluded.facts,
  quantity = monthly_item_sum.quantity + excluded.quantity,
  loss = monthly_item_sum.loss + excluded.loss,
  amount = monthly_item_sum.amount + excluded.amount
""")


async def put_facts(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write facts where they are newer, and carry the difference into the sums."""
    if rows:
        await session.execute(PUT, {"facts": json.dumps(newest(rows))})


async def keep_stock_value(session: AsyncSession, event: ItemValued) -> None:
    """The day's value of an item's stock; the highest version of a day is its closing value."""
    table = table_of(StockDay)
    fresh = insert(table).values(
        company_id=teller(session).company_id,
        day=event.valued_on,
        **event.model_dump(include={"item_id", "version", "quantity", "value"}),
    )
    await session.execute(
        fresh.on_conflict_do_update(
            index_elements=[table.c.company_id, table.c.item_id, table.c.day],
            set_={name: fresh.excluded[name] for name in ("version", "quantity", "value")},
            where=table.c.version < fresh.excluded.version,
        )
    )


async def note_cancelled(session: AsyncSession, event: OrderCancelled) -> None:
    values = {
        "id": event.order_id,
        "company_id": teller(session).company_id,
        "cancelled_on": event.cancelled_on,
    }
    statement = insert(table_of(CancelledOrder)).values(values).on_conflict_do_nothing()
    await session.execute(statement)
