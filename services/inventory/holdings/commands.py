"""The claims themselves: opening, holding, letting go. Called under the items' locks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.inventory.holdings.rules import Share
from shared.bulk import rows_json
from shared.contracts.inventory.events import Pick
from shared.contracts.inventory.reservations import ReserveStock
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller

# Whatever may serve lines of claims; it never changes, so it can be locked ahead.
MAY_SERVE = """
SELECT x.item_id FROM reservation_line CROSS JOIN LATERAL (
  SELECT reservation_line.item_id
  UNION ALL
  SELECT s.item_id FROM jsonb_to_recordset(substitutes) AS s (item_id uuid)
) AS x (item_id)"""

# Picks, and what they hold in bins and of their items.
SHARED = """share AS (
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:reservations AS uuid[]), CAST(:lines AS uuid[]),
    CAST(:items AS uuid[]), CAST(:parts AS uuid[]), CAST(:bins AS uuid[]),
    CAST(:quantities AS numeric[]), CAST(:serves AS numeric[])
  ) AS t (id, reservation_id, line_id, item_id, part_id, bin_id, quantity, serves)
), kept AS (
  INSERT INTO reservation_pick (id, company_id, reservation_id, line_id, item_id, part_id, bin_id,
                                quantity, state, serves)
  SELECT id, CAST(:company AS uuid), reservation_id, line_id, item_id, part_id, bin_id, quantity,
         'held', serves
  FROM share
), held AS (
  UPDATE balance AS b SET reserved = b.reserved + s.quantity
  FROM (SELECT part_id, bin_id, sum(quantity) AS quantity FROM share GROUP BY 1, 2) AS s
  WHERE b.part_id = s.part_id AND b.bin_id = s.bin_id
), counted AS (
  UPDATE item_balance AS i SET reserved = i.reserved + s.quantity
  FROM (SELECT item_id, sum(quantity) AS quantity FROM share GROUP BY 1) AS s
  WHERE i.company_id = CAST(:company AS uuid) AND i.item_id = s.item_id
), by_line AS (
  SELECT reservation_id, line_id, sum(coalesce(serves, quantity)) AS quantity
  FROM share GROUP BY 1, 2
)"""

# The claim and what it holds at once.
OPEN = text(f"""
WITH {SHARED}, opened AS (
  INSERT INTO reservation (id, company_id, reserved_for, number, state, version, asked_at)
  VALUES (CAST(:id AS uuid), CAST(:company AS uuid), :reserved_for, :number, :state, 1, :at)
)
INSERT INTO reservation_line (reservation_id, line_id, company_id, item_id, wanted, held, needed_on,
                              minimum_life_days, substitutes)
SELECT CAST(:id AS uuid), t.line_id, CAST(:company AS uuid), item_id, wanted,
       coalesce(h.quantity, 0), needed_on, life, CAST(substitutes AS jsonb)
FROM unnest(
  CAST(:wanted_lines AS uuid[]), CAST(:wanted_items AS uuid[]), CAST(:wanted AS numeric[]),
  CAST(:days AS date[]), CAST(:lives AS int[]), CAST(:substitutes AS text[])
) AS t (line_id, item_id, wanted, needed_on, life, substitutes)
LEFT JOIN by_line AS h ON h.line_id = t.line_id
""")  # noqa: S608 - put together of constants

# Claims that are whole now are marked so, and all that they hold is told.
HOLD = text(f"""
WITH {SHARED}, filled AS (
  UPDATE reservation_line AS l SET held = l.held + s.quantity
  FROM by_line AS s
  WHERE l.reservation_id = s.reservation_id AND l.line_id = s.line_id
), whole AS (
  UPDATE reservation AS r SET state = 'held', version = r.version + 1
  WHERE r.id IN (SELECT reservation_id FROM share) AND r.state = 'waiting' AND NOT EXISTS (
    SELECT FROM reservation_line l
    LEFT JOIN by_line AS s ON s.reservation_id = l.reservation_id AND s.line_id = l.line_id
    WHERE l.reservation_id = r.id AND l.held + coalesce(s.quantity, 0) < l.wanted
  )
  RETURNING r.id
)
SELECT k.reservation_id, k.line_id, k.item_id, k.part_id, k.quantity, k.serves, p.lot_id,
       p.lot_number, p.serial
FROM (
  SELECT reservation_id, line_id, item_id, part_id, bin_id, quantity, serves FROM share
  UNION ALL
  SELECT reservation_id, line_id, item_id, part_id, bin_id, quantity, serves FROM reservation_pick
  WHERE state = 'held'
) AS k
JOIN whole ON whole.id = k.reservation_id
JOIN lot_part p ON p.id = k.part_id
ORDER BY k.reservation_id, k.line_id, p.usable_until NULLS LAST, k.part_id, k.bin_id
""")  # noqa: S608 - put together of constants

GONE = """freed AS (
  UPDATE balance AS b SET reserved = b.reserved - g.quantity
  FROM (SELECT part_id, bin_id, sum(quantity) AS quantity FROM gone GROUP BY 1, 2) AS g
  WHERE b.part_id = g.part_id AND b.bin_id = g.bin_id
), emptied AS (
  UPDATE reservation_line AS l SET held = l.held - g.quantity
  FROM (SELECT reservation_id, line_id, sum(coalesce(serves, quantity)) AS quantity
        FROM gone GROUP BY 1, 2) AS g
  WHERE l.reservation_id = g.reservation_id AND l.line_id = g.line_id
)"""

LET_GO = text(f"""
WITH gone AS (
  UPDATE reservation_pick SET state = 'released', claimed_by = NULL
  WHERE reservation_id = :id AND state = 'held'
  RETURNING reservation_id, line_id, part_id, bin_id, quantity, serves
), {GONE}
UPDATE reservation SET state = 'released', version = version + 1 WHERE id = :id RETURNING version
""")  # noqa: S608 - put together of constants

# The claims are locked in id order before any of their picks goes.
WITHDRAW = text(f"""
WITH claim AS (
  SELECT r.id FROM reservation r
  WHERE r.id IN (SELECT reservation_id FROM reservation_pick
                 WHERE part_id = ANY(CAST(:parts AS uuid[])) AND state = 'held')
  ORDER BY r.id FOR UPDATE
), gone AS (
  UPDATE reservation_pick AS k SET state = 'released', claimed_by = NULL
  FROM claim
  WHERE k.reservation_id = claim.id AND k.part_id = ANY(CAST(:parts AS uuid[]))
    AND k.state = 'held'
  RETURNING k.reservation_id, k.line_id, k.part_id, k.bin_id, k.quantity, k.serves
), {GONE}, waiting AS (
  UPDATE reservation SET state = 'waiting', version = version + 1
  WHERE id IN (SELECT reservation_id FROM gone) AND state = 'held'
)
SELECT coalesce(sum(quantity), 0) FROM gone
""")  # noqa: S608 - put together of constants

FOLLOW = text("""
UPDATE reservation_pick AS k SET bin_id = t.to_bin
FROM unnest(CAST(:parts AS uuid[]), CAST(:froms AS uuid[]), CAST(:tos AS uuid[]))
  AS t (part_id, from_bin, to_bin)
WHERE k.part_id = t.part_id AND k.bin_id = t.from_bin AND k.state = 'held'
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
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:rests AS uuid[]), CAST(:shipments AS uuid[]),
    CAST(:quantities AS numeric[])
  ) AS t (id, rest_id, shipment_id, quantity)
), rest AS (
  INSERT INTO reservation_pick (id, company_id, reservation_id, line_id, item_id, part_id, bin_id,
                                quantity, state)
  SELECT c.rest_id, k.company_id, k.reservation_id, k.line_id, k.item_id, k.part_id, k.bin_id,
         k.quantity - c.quantity, 'held'
  FROM reservation_pick k JOIN chosen c ON c.id = k.id
  WHERE k.quantity > c.quantity
), dropped AS (
  UPDATE reservation_pick SET claimed_by = NULL
  WHERE claimed_by = ANY(CAST(:all AS uuid[])) AND state = 'held'
    AND id <> ALL(CAST(:ids AS uuid[]))
)
UPDATE reservation_pick AS k SET claimed_by = c.shipment_id, quantity = c.quantity
FROM chosen AS c WHERE k.id = c.id
""")


async def open_claim(
    session: AsyncSession,
    id: UUID,
    wish: ReserveStock,
    state: str,
    asked_at: datetime,
    shares: Sequence[Share],
) -> None:
    """Write the claim with what it holds at once."""
    await session.execute(
        OPEN,
        held_by(session, shares)
        | {
            "id": id,
            "reserved_for": wish.reserved_for,
            "number": wish.number,
            "state": state,
            "at": asked_at,
            "wanted_lines": [line.line_id for line in wish.lines],
            "wanted_items": [line.item_id for line in wish.lines],
            "wanted": [line.quantity for line in wish.lines],
            "days": [line.needed_on for line in wish.lines],
            "lives": [line.minimum_life_days for line in wish.lines],
            "substitutes": [
                rows_json([x.model_dump() for x in line.substitutes]) for line in wish.lines
            ],
        },
    )


async def hold(session: AsyncSession, shares: Sequence[Share]) -> Sequence[RowMapping]:
    """Write picks and what they hold; all picks of the claims that are whole by this, by claim."""
    return (await session.execute(HOLD, held_by(session, shares))).mappings().all()


def held_by(session: AsyncSession, shares: Sequence[Share]) -> dict[str, Any]:
    """The parameters of `SHARED`."""
    return {
        "company": teller(session).company_id,
        "ids": [new_id() for _ in shares],
        "reservations": [share.wish.reservation_id for share in shares],
        "lines": [share.wish.line_id for share in shares],
        "items": [share.of.item_id for share in shares],
        "parts": [share.of.part_id for share in shares],
        "bins": [share.of.bin_id for share in shares],
        "quantities": [share.quantity for share in shares],
        "serves": [share.serves for share in shares],
    }


def told(picks: Collection[RowMapping]) -> tuple[Pick, ...]:
    """Picks as events tell them."""
    return tuple(Pick.model_validate(dict(pick)) for pick in picks)


async def let_go(session: AsyncSession, id: UUID) -> int:
    """Free what a claim holds: it is released. Its version. The caller restocks at the end."""
    return int((await session.execute(LET_GO, {"id": id})).scalar_one())


async def withdraw(session: AsyncSession, part_ids: Collection[UUID]) -> Decimal:
    """Take back what is held of parts that must not be used; their claims wait in line again.

    Returns the quantity. The caller restocks at the end.
    """
    given = {"parts": list(part_ids)}
    return Decimal((await session.execute(WITHDRAW, given)).scalar_one())


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
    session: AsyncSession,
    shipment_ids: Collection[UUID],
    chosen: Collection[tuple[UUID, UUID, Decimal]],
) -> None:
    """Shipments pack exactly these (shipment, pick, quantity), and give up what they packed before.

    A pick stands in it once.
    """
    await session.execute(
        CLAIM,
        {
            "all": list(shipment_ids),
            "ids": [id for _, id, _ in chosen],
            "rests": [new_id() for _ in chosen],
            "shipments": [shipment for shipment, _, _ in chosen],
            "quantities": [quantity for _, _, quantity in chosen],
        },
    )
