"""Writing the ledger. Every change of stock locks its items, posts, and settles (in this order)."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from services.inventory.lots.commands import BORN, PartDraft, born
from services.inventory.lots.rules import USABLE
from services.inventory.moves.rules import Posting, StockMissing
from shared.contracts.inventory.events import ItemAvailabilityChanged
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import record, teller
from shared.session import now, today

LOCK = text("""
INSERT INTO item_balance (company_id, item_id, version, on_hand, usable, reserved, to_inspect)
SELECT CAST(:company AS uuid), item_id, 1, 0, 0, 0, 0
FROM unnest(CAST(:items AS uuid[])) AS t (item_id) ORDER BY item_id
ON CONFLICT (company_id, item_id) DO UPDATE SET version = item_balance.version + 1
RETURNING item_id
""")

# The lines are given, or those of parts that are born beside them.
POSTED = """line AS (
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:parts AS uuid[]), CAST(:items AS uuid[]), CAST(:froms AS uuid[]),
    CAST(:tos AS uuid[]), CAST(:quantities AS numeric[]), CAST(:freed AS numeric[]),
    CAST(:carried AS numeric[]), CAST(:kinds AS text[]), CAST(:documents AS uuid[]),
    CAST(:numbers AS text[])
  ) AS t (id, part_id, item_id, from_bin, to_bin, quantity, freed, carried, kind, document_id,
          document_number)
), kept AS (
  INSERT INTO move (id, company_id, item_id, part_id, from_bin_id, to_bin_id, quantity, kind,
                    document_id, document_number, moved_on, moved_at, moved_by)
  SELECT id, CAST(:company AS uuid), item_id, part_id, from_bin, to_bin, quantity, kind,
         document_id, document_number, CAST(:day AS date), CAST(:at AS timestamptz), :by
  FROM line
), delta AS (
  SELECT part_id, bin_id, item_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved
  FROM (
    SELECT part_id, from_bin AS bin_id, item_id, -quantity AS on_hand, -freed - carried AS reserved
    FROM line WHERE from_bin IS NOT NULL
    UNION ALL
    SELECT part_id, to_bin, item_id, quantity, carried FROM line WHERE to_bin IS NOT NULL
  ) AS half
  GROUP BY part_id, bin_id, item_id
), lowered AS (
  UPDATE balance AS b SET on_hand = b.on_hand + d.on_hand, reserved = b.reserved + d.reserved
  FROM delta AS d
  WHERE b.part_id = d.part_id AND b.bin_id = d.bin_id AND d.on_hand <= 0
    AND b.on_hand + d.on_hand >= b.reserved + d.reserved
  RETURNING 1
), raised AS (
  INSERT INTO balance (part_id, bin_id, company_id, item_id, on_hand, reserved)
  SELECT part_id, bin_id, CAST(:company AS uuid), item_id, on_hand, reserved
  FROM delta WHERE on_hand > 0
  ORDER BY part_id, bin_id
  ON CONFLICT (part_id, bin_id) DO UPDATE
  SET on_hand = balance.on_hand + excluded.on_hand, reserved = balance.reserved + excluded.reserved
)
SELECT (SELECT count(*) FROM delta WHERE on_hand <= 0) - (SELECT count(*) FROM lowered)
"""
POST, POST_BORN = text(f"WITH {POSTED}"), text(f"WITH {BORN}, {POSTED}")

# Takes `:items`; also a part of the statement that serves who waits (`reservations`).
SETTLING = """
UPDATE item_balance AS t
SET on_hand = s.on_hand, usable = s.usable, reserved = s.reserved, to_inspect = s.to_inspect
FROM (
  SELECT i.item_id,
         COALESCE(sum(b.on_hand), 0) AS on_hand,
         COALESCE(sum(b.on_hand) FILTER (
           WHERE p.quality = ANY(CAST(:usable AS text[])) AND p.blocks = '{}'
             AND (p.usable_until IS NULL OR p.usable_until >= CAST(:day AS date))
         ), 0) AS usable,
         COALESCE(sum(b.reserved), 0) AS reserved,
         COALESCE(sum(b.on_hand) FILTER (WHERE p.quality = 'to_inspect'), 0) AS to_inspect
  FROM unnest(CAST(:items AS uuid[])) AS i (item_id)
  LEFT JOIN balance b
    ON b.company_id = CAST(:company AS uuid) AND b.item_id = i.item_id AND b.on_hand > 0
  LEFT JOIN lot_part p ON p.id = b.part_id
  GROUP BY i.item_id
) AS s
WHERE t.company_id = CAST(:company AS uuid) AND t.item_id = s.item_id
RETURNING t.item_id, t.version, t.on_hand, t.usable, t.reserved, t.to_inspect
"""
SETTLE = text(SETTLING)


def locking(items: str) -> TextClause:
    """The statement that looks for items and locks them at once; `items` selects `item_id`s."""
    given = "unnest(CAST(:items AS uuid[])) AS t (item_id)"
    found = f"(SELECT DISTINCT item_id FROM ({items}) AS x) AS t"  # noqa: S608 - constants
    return text(LOCK.text.replace(given, found))


async def lock_items(session: AsyncSession, item_ids: Collection[UUID]) -> None:
    """Hold the items' stock to the end of the transaction, in id order: two lists cannot deadlock.

    Also raises their version, for the telling at the end.
    """
    await session.execute(
        LOCK, {"company": teller(session).company_id, "items": sorted(set(item_ids))}
    )


async def lock_items_of(
    session: AsyncSession, statement: TextClause, **values: Any
) -> Sequence[UUID]:
    """The same for the items that a `locking` statement finds; the company is known to it."""
    known = {"company": teller(session).company_id}
    return (await session.execute(statement, known | values)).scalars().all()


async def post(
    session: AsyncSession,
    postings: Sequence[Posting],
    *,
    day: date | None = None,
    drafts: Sequence[PartDraft] = (),
) -> None:
    """Write moves and balances in one statement, however many. The caller holds the items' locks.

    `day`: the business day, today unless said otherwise; `drafts`: parts that come into being, and
    their lots. Raises StockMissing.
    """
    if not postings:
        return
    who = teller(session)
    values: dict[str, Any] = {
        "company": who.company_id,
        "ids": [new_id() for _ in postings],
        "parts": [line.part_id for line in postings],
        "items": [line.item_id for line in postings],
        "froms": [line.from_bin for line in postings],
        "tos": [line.to_bin for line in postings],
        "quantities": [line.quantity for line in postings],
        "freed": [line.freed for line in postings],
        "carried": [line.carried for line in postings],
        "kinds": [line.kind for line in postings],
        "documents": [line.document_id for line in postings],
        "numbers": [line.document_number for line in postings],
        "day": day or today(session),
        "at": now(session),
        "by": who.initiated_by or who.actor,
    }
    statement = POST_BORN if drafts else POST
    values |= born(who.company_id, drafts) if drafts else {}
    if int((await session.execute(statement, values)).scalar_one()):
        raise StockMissing(part_ids=sorted({line.part_id for line in postings if line.from_bin}))


async def settle(session: AsyncSession, item_ids: Collection[UUID]) -> None:
    """Sum up the items and tell how they stand now, once per item and command."""
    rows = await session.execute(SETTLE, settling(session, item_ids))
    for row in rows.mappings():
        record(session, ItemAvailabilityChanged.model_validate(dict(row)))


def settling(session: AsyncSession, item_ids: Collection[UUID]) -> dict[str, Any]:
    """The parameters of `SETTLING`."""
    return {
        "company": teller(session).company_id,
        "items": sorted(set(item_ids)),
        "usable": list(USABLE),
        "day": today(session),
    }
