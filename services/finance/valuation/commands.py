"""Pools: read under the books' lock, written with their entries."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.finance.books.commands import open_books
from services.finance.periods.rules import posting_day
from services.finance.valuation.rules import ZERO, Pool, TermsMissing
from services.finance.vouchers.commands import WRITING, Beside, post_beside
from services.finance.vouchers.rules import Posting
from shared.contracts.finance.events import ItemValued
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import record, teller

VALUED = """moved AS (
  SELECT * FROM json_to_recordset(CAST(:moves AS json)) AS m (
    id uuid, item_id uuid, quantity numeric, value numeric, opened numeric)
), entered AS (
  INSERT INTO value_entry (id, company_id, item_id, kind, source_id, quantity, value, posted_on)
  SELECT id, :company, item_id, :kind, :source_id, quantity, value, CAST(:posted_on AS date)
  FROM moved WHERE quantity <> 0 OR value <> 0
), valued AS (
  INSERT INTO stock_value (company_id, item_id, quantity, value, opened, version)
  SELECT :company, g.item_id, coalesce(s.quantity, 0) + g.quantity, coalesce(s.value, 0) + g.value,
         coalesce(s.opened, 0) + g.opened, coalesce(s.version, 0) + 1
  FROM (SELECT item_id, sum(quantity) AS quantity, sum(value) AS value, sum(opened) AS opened
        FROM moved GROUP BY item_id) AS g
  LEFT JOIN stock_value AS s ON s.company_id = :company AND s.item_id = g.item_id
  ORDER BY g.item_id
  ON CONFLICT (company_id, item_id) DO UPDATE SET
    quantity = excluded.quantity, value = excluded.value, opened = excluded.opened,
    version = excluded.version
  RETURNING item_id, quantity, value, version
)"""
WRITE = text(f"WITH {VALUED} SELECT * FROM valued")  # noqa: S608 - a constant
WRITE_BESIDE = text(
    f"{WRITING}, {VALUED} SELECT made.voucher_id, made.number, valued.* FROM made, valued"  # noqa: S608 - constants
)
STAND = text("""
SELECT i.id, i.kind, coalesce(s.quantity, 0) AS quantity, coalesce(s.value, 0) AS value
FROM item_copy i
LEFT JOIN stock_value s ON s.company_id = i.company_id AND s.item_id = i.id
WHERE i.company_id = :company AND i.id = ANY(CAST(:items AS uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one item's pool; `opened`: only inventory's own opening list was heard."""

    item_id: UUID
    quantity: Decimal
    value: Decimal
    opened: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Stand:
    """An item's kind, by which roles find accounts, and its pool: empty if never in stock."""

    kind: str
    pool: Pool


async def stand_of(session: AsyncSession, items: Collection[UUID]) -> dict[UUID, Stand]:
    """How items stand. The books' lock keeps the pools. Raises TermsMissing for one unheard."""
    books = await open_books(session)
    asked = {"company": books.company_id, "items": list(items)}
    found = {
        row.id: Stand(row.kind, Pool(row.quantity, row.value))
        for row in await session.execute(STAND, asked)
    }
    for item in sorted(set(items) - found.keys()):
        raise TermsMissing(f"item:{item}")
    return found


async def post_valued(session: AsyncSession, posting: Posting, moves: Sequence[Move]) -> date:
    """Post a fact together with what it does to the pools; the day that it stands on."""
    books = await open_books(session)
    day, _ = posting_day(posting.business_on, books.periods)
    values = moving(session, posting.event, posting.source_id, day, moves)
    beside = Beside(WRITE_BESIDE, values) if moves else None
    posted_on, rows = await post_beside(session, posting, beside)
    if rows is None:  # nothing of worth: quantities move without a voucher
        await move_values(session, posting.event, posting.source_id, posted_on, moves)
    elif moves:
        tell_valued(session, rows, posted_on)
    return posted_on


async def move_values(
    session: AsyncSession, kind: str, source_id: UUID, posted_on: date, moves: Sequence[Move]
) -> None:
    """Write the pools and their entries, and tell what the items are now worth."""
    if moves:
        values = moving(session, kind, source_id, posted_on, moves)
        tell_valued(session, (await session.execute(WRITE, values)).mappings().all(), posted_on)


def moving(
    session: AsyncSession, kind: str, source_id: UUID, posted_on: date, moves: Sequence[Move]
) -> dict[str, Any]:
    """The parameters of `VALUED`."""
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
    return {
        "moves": json.dumps(given),
        "company": teller(session).company_id,
        "kind": kind,
        "source_id": source_id,
        "posted_on": posted_on,
    }


def tell_valued(session: AsyncSession, rows: Sequence[RowMapping], posted_on: date) -> None:
    for row in rows:
        record(session, ItemValued.model_validate({**row, "valued_on": posted_on}))
