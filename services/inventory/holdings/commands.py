"""The claims themselves: opening, holding, letting go. Called under the items' locks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.inventory.holdings.rules import Share, Wish
from shared.contracts.inventory.events import Pick
from shared.contracts.inventory.reservations import ReserveStock
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller

OPEN = text("""
WITH opened AS (
  INSERT INTO reservation (id, company_id, reserved_for, number, state, version, asked_at)
  VALUES (CAST(:id AS uuid), CAST(:company AS uuid), :reserved_for, :number, :state, 1, :at)
)
INSERT INTO reservation_line (reservation_id, line_id, company_id, item_id, wanted, held, needed_on,
                              minimum_life_days)
SELECT CAST(:id AS uuid), line_id, CAST(:company AS uuid), item_id, wanted, 0, needed_on, life
FROM unnest(
  CAST(:lines AS uuid[]), CAST(:items AS uuid[]), CAST(:wanted AS numeric[]),
  CAST(:days AS date[]), CAST(:lives AS int[])
) AS t (line_id, item_id, wanted, needed_on, life)
""")

# One statement: the picks, what they hold in balances, and what their lines hold.
HOLD = text("""
WITH share AS (
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:reservations AS uuid[]), CAST(:lines AS uuid[]),
    CAST(:items AS uuid[]), CAST(:parts AS uuid[]), CAST(:bins AS uuid[]),
    CAST(:quantities AS numeric[])
  ) AS t (id, reservation_id, line_id, item_id, part_id, bin_id, quantity)
), kept AS (
  INSERT INTO reservation_pick (id, company_id, reservation_id, line_id, item_id, part_id, bin_id,
                                quantity, state)
  SELECT id, CAST(:company AS uuid), reservation_id, line_id, item_id, part_id, bin_id, quantity,
         'held'
  FROM share
), held AS (
  UPDATE balance AS b SET reserved = b.reserved + s.quantity
  FROM (SELECT part_id, bin_id, sum(quantity) AS quantity FROM share GROUP BY 1, 2) AS s
  WHERE b.part_id = s.part_id AND b.bin_id = s.bin_id
)
UPDATE reservation_line AS l SET held = l.held + s.quantity
FROM (SELECT reservation_id, line_id, sum(quantity) AS quantity FROM share GROUP BY 1, 2) AS s
WHERE l.reservation_id = s.reservation_id AND l.line_id = s.line_id
""")

WHOLE = text("""
UPDATE reservation AS r SET state = 'held', version = r.version + 1
WHERE r.id = ANY(CAST(:ids AS uuid[])) AND r.state = 'waiting' AND NOT EXISTS (
  SELECT FROM reservation_line l WHERE l.reservation_id = r.id AND l.held < l.wanted
)
RETURNING r.id
""")

LET_GO = text("""
WITH gone AS (
  UPDATE reservation_pick SET state = 'released', claimed_by = NULL
  WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'held'
  RETURNING reservation_id, line_id, part_id, bin_id, quantity
), freed AS (
  UPDATE balance AS b SET reserved = b.reserved - g.quantity
  FROM (SELECT part_id, bin_id, sum(quantity) AS quantity FROM gone GROUP BY 1, 2) AS g
  WHERE b.part_id = g.part_id AND b.bin_id = g.bin_id
)
UPDATE reservation_line AS l SET held = l.held - g.quantity
FROM (SELECT reservation_id, line_id, sum(quantity) AS quantity FROM gone GROUP BY 1, 2) AS g
WHERE l.reservation_id = g.reservation_id AND l.line_id = g.line_id
""")

WITHDRAWN = text("""
UPDATE reservation SET state = 'waiting', version = version + 1
WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'held'
""")

HELD_OF_PARTS = text("""
SELECT k.id, k.reservation_id, k.quantity
FROM reservation_pick k JOIN reservation r ON r.id = k.reservation_id
WHERE k.part_id = ANY(CAST(:parts AS uuid[])) AND k.state = 'held'
ORDER BY r.id
FOR UPDATE OF r
""")

FOLLOW = text("""
UPDATE reservation_pick AS k SET bin_id = t.to_bin
FROM unnest(CAST(:parts AS uuid[]), CAST(:froms AS uuid[]), CAST(:tos AS uuid[]))
  AS t (part_id, from_bin, to_bin)
WHERE k.part_id = t.part_id AND k.bin_id = t.from_bin AND k.state = 'held'
""")

# The claims are locked in id order; who comes first is decided by the rule.
WAITING = text("""
SELECT l.reservation_id, l.line_id, l.item_id, l.wanted - l.held AS missing, l.needed_on,
       l.minimum_life_days, r.asked_at
FROM reservation_line l JOIN reservation r ON r.id = l.reservation_id
WHERE l.company_id = :company AND l.item_id = ANY(CAST(:items AS uuid[])) AND l.held < l.wanted
  AND r.state = 'waiting'
ORDER BY r.id, l.line_id
FOR UPDATE OF r
""")

PICKS = text("""
SELECT k.id, k.reservation_id, k.line_id, k.item_id, k.part_id, k.bin_id, k.quantity, k.claimed_by,
       p.lot_id, p.lot_number, p.serial, p.quality, p.blocks, p.usable_until
FROM reservation_pick k JOIN lot_part p ON p.id = k.part_id
WHERE k.reservation_id = ANY(CAST(:ids AS uuid[])) AND k.state = 'held'
ORDER BY k.reservation_id, k.line_id, p.usable_until NULLS LAST, k.part_id, k.bin_id
""")

# The claim is looked at beside the picks that leave: one snapshot, so these are left out by id.
TAKE = text("""
WITH gone AS (
  UPDATE reservation_pick SET state = 'taken' WHERE id = ANY(CAST(:ids AS uuid[]))
)
UPDATE reservation AS r SET state = 'issued', version = r.version + 1
WHERE r.id = ANY(CAST(:claims AS uuid[])) AND r.state = 'held' AND NOT EXISTS (
  SELECT FROM reservation_pick k
  WHERE k.reservation_id = r.id AND k.state = 'held' AND k.id <> ALL(CAST(:ids AS uuid[]))
)
""")

# What a shipment does not need of a pick stays held as a pick of its own.
CLAIM = text("""
WITH chosen AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:rests AS uuid[]), CAST(:quantities AS numeric[]))
    AS t (id, rest_id, quantity)
), rest AS (
  INSERT INTO reservation_pick (id, company_id, reservation_id, line_id, item_id, part_id, bin_id,
                                quantity, state)
  SELECT c.rest_id, k.company_id, k.reservation_id, k.line_id, k.item_id, k.part_id, k.bin_id,
         k.quantity - c.quantity, 'held'
  FROM reservation_pick k JOIN chosen c ON c.id = k.id
  WHERE k.quantity > c.quantity
), dropped AS (
  UPDATE reservation_pick SET claimed_by = NULL
  WHERE claimed_by = CAST(:shipment AS uuid) AND state = 'held'
    AND id <> ALL(CAST(:ids AS uuid[]))
)
UPDATE reservation_pick AS k SET claimed_by = CAST(:shipment AS uuid), quantity = c.quantity
FROM chosen AS c WHERE k.id = c.id
""")


async def open_claim(
    session: AsyncSession, id: UUID, wish: ReserveStock, state: str, asked_at: datetime
) -> None:
    """Write the claim with nothing held yet."""
    await session.execute(
        OPEN,
        {
            "id": id,
            "company": teller(session).company_id,
            "reserved_for": wish.reserved_for,
            "number": wish.number,
            "state": state,
            "at": asked_at,
            "lines": [line.line_id for line in wish.lines],
            "items": [line.item_id for line in wish.lines],
            "wanted": [line.quantity for line in wish.lines],
            "days": [line.needed_on for line in wish.lines],
            "lives": [line.minimum_life_days for line in wish.lines],
        },
    )


async def hold(session: AsyncSession, shares: Sequence[Share]) -> None:
    """Write picks and what they hold in bins and lines."""
    if shares:
        await session.execute(
            HOLD,
            {
                "company": teller(session).company_id,
                "ids": [new_id() for _ in shares],
                "reservations": [share.wish.reservation_id for share in shares],
                "lines": [share.wish.line_id for share in shares],
                "items": [share.wish.item_id for share in shares],
                "parts": [share.of.part_id for share in shares],
                "bins": [share.of.bin_id for share in shares],
                "quantities": [share.quantity for share in shares],
            },
        )


async def waiting_lines(session: AsyncSession, item_ids: Collection[UUID]) -> list[Wish]:
    """The lines that wait for items, their claims locked in id order."""
    values = {"company": teller(session).company_id, "items": list(item_ids)}
    return [Wish(**row) for row in (await session.execute(WAITING, values)).mappings()]


async def mark_whole(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the claims that hold everything now, and are told so from here on."""
    return set((await session.execute(WHOLE, {"ids": sorted(ids)})).scalars())


async def held_picks(session: AsyncSession, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """What claims hold, with the state of each part; first expiring first within a line."""
    return (await session.execute(PICKS, {"ids": list(ids)})).mappings().all()


def told(picks: Collection[RowMapping]) -> tuple[Pick, ...]:
    """Picks as events tell them."""
    return tuple(Pick.model_validate(dict(pick)) for pick in picks)


async def let_go(session: AsyncSession, pick_ids: Collection[UUID]) -> None:
    """Free what picks hold."""
    await session.execute(LET_GO, {"ids": list(pick_ids)})


async def withdraw(session: AsyncSession, part_ids: Collection[UUID]) -> Decimal:
    """Take back what is held of parts that must not be used; their claims wait in line again.

    Returns the quantity. The caller restocks at the end.
    """
    rows = (await session.execute(HELD_OF_PARTS, {"parts": list(part_ids)})).all()
    if not rows:
        return Decimal(0)
    await let_go(session, [row.id for row in rows])
    await session.execute(WITHDRAWN, {"ids": sorted({row.reservation_id for row in rows})})
    return sum((row.quantity for row in rows), Decimal(0))


async def follow(session: AsyncSession, moved: Collection[tuple[UUID, UUID, UUID]]) -> None:
    """Picks go along with parts that moved whole: (part, from bin, to bin)."""
    if moved:
        values: dict[str, list[Any]] = {"parts": [], "froms": [], "tos": []}
        for part, origin, target in moved:
            values["parts"].append(part)
            values["froms"].append(origin)
            values["tos"].append(target)
        await session.execute(FOLLOW, values)


async def take(
    session: AsyncSession, pick_ids: Collection[UUID], claim_ids: Collection[UUID]
) -> None:
    """The picks left the shelf; a claim of which nothing is left to take is issued.

    The ledger's postings free what they held (`Posting.freed`).
    """
    await session.execute(TAKE, {"ids": list(pick_ids), "claims": sorted(claim_ids)})


async def claim(
    session: AsyncSession, shipment_id: UUID, chosen: Collection[tuple[UUID, Decimal]]
) -> None:
    """A shipment packs exactly these quantities of picks, and gives up what it packed before."""
    await session.execute(
        CLAIM,
        {
            "shipment": shipment_id,
            "ids": [id for id, _ in chosen],
            "rests": [new_id() for _ in chosen],
            "quantities": [quantity for _, quantity in chosen],
        },
    )
