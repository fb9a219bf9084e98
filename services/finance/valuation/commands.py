"""Pools: read under the books' lock, written with their entries."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from services.finance.copies.tables import ItemCopy
from services.finance.valuation.rules import ZERO, Pool, TermsMissing
from services.finance.valuation.tables import StockValue
from services.finance.vouchers.commands import open_books
from shared.contracts.finance.events import ItemValued
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import record, teller

WRITE = text("""
WITH given AS (
  SELECT * FROM json_to_recordset(CAST(:moves AS json)) AS m (
    id uuid, item_id uuid, quantity numeric, value numeric, opened numeric)
), kept AS (
  INSERT INTO value_entry (id, company_id, item_id, kind, source_id, quantity, value, posted_on)
  SELECT id, :company, item_id, :kind, :source_id, quantity, value, CAST(:posted_on AS date)
  FROM given WHERE quantity <> 0 OR value <> 0
)
INSERT INTO stock_value (company_id, item_id, quantity, value, opened, version)
SELECT :company, g.item_id, coalesce(s.quantity, 0) + g.quantity, coalesce(s.value, 0) + g.value,
       coalesce(s.opened, 0) + g.opened, coalesce(s.version, 0) + 1
FROM (SELECT item_id, sum(quantity) AS quantity, sum(value) AS value, sum(opened) AS opened
      FROM given GROUP BY item_id) AS g
LEFT JOIN stock_value AS s ON s.company_id = :company AND s.item_id = g.item_id
ORDER BY g.item_id
ON CONFLICT (company_id, item_id) DO UPDATE SET
  quantity = excluded.quantity, value = excluded.value, opened = excluded.opened,
  version = excluded.version
RETURNING item_id, quantity, value, version
""")


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one item's pool; `opened`: only inventory's own opening list was heard."""

    item_id: UUID
    quantity: Decimal
    value: Decimal
    opened: Decimal = ZERO


async def pools_of(session: AsyncSession, items: Collection[UUID]) -> dict[UUID, Pool]:
    """The items' pools, locked; empty ones for items that were never in stock."""
    books = await open_books(session)
    rows = await session.exec(
        select(StockValue)
        .where(StockValue.company_id == books.company_id, col(StockValue.item_id).in_(set(items)))
        .order_by(col(StockValue.item_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    pools = dict.fromkeys(items, Pool())
    return pools | {row.item_id: Pool(row.quantity, row.value) for row in rows}


async def item_classes(session: AsyncSession, items: Collection[UUID]) -> Mapping[UUID, str]:
    """Each item's kind, by which roles find accounts. Raises TermsMissing for one unheard."""
    rows = await session.exec(
        select(ItemCopy).where(
            ItemCopy.company_id == teller(session).company_id, col(ItemCopy.id).in_(set(items))
        )
    )
    found = {row.id: row.kind for row in rows}
    for item in sorted(set(items) - found.keys()):
        raise TermsMissing(f"item:{item}")
    return found


async def move_values(
    session: AsyncSession, kind: str, source_id: UUID, posted_on: date, moves: Sequence[Move]
) -> None:
    """Write the pools and their entries, and tell what the items are now worth."""
    if not moves:
        return
    given = [
        {
            "id": str(new_id()),
            "item_id": str(move.item_id),
            "quantity": str(move.quantity),
            "value": str(move.value),
            "opened": str(move.opened),
        }
        for move in moves
    ]
    rows = await session.execute(
        WRITE,
        {
            "moves": json.dumps(given),
            "company": teller(session).company_id,
            "kind": kind,
            "source_id": source_id,
            "posted_on": posted_on,
        },
    )
    for row in rows.mappings():
        record(session, ItemValued.model_validate({**row, "valued_on": posted_on}))
