"""Changing what an order's lines hold to what the warehouse takes instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text

from services.inventory.holdings.commands import GONE, hold, told
from services.inventory.holdings.rules import Share, Wish
from services.inventory.lots.rules import PartNotUsable, PartUnknown, why_unusable
from services.inventory.moves.rules import Free
from services.inventory.substitutions.rules import Chosen, Line, LineUnknown, picked_anew
from shared.contracts.inventory.events import StockReserved
from shared.contracts.inventory.issues import IssueInstead
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.session import today

FREE = """json_build_object(
  'part_id', part_id, 'bin_id', bin_id, 'item_id', item_id, 'lot_id', lot_id, 'serial', serial,
  'lot_number', lot_number, 'usable_until', usable_until, 'quantity', CAST(quantity AS text))"""

# The lines named with what they hold, the parts chosen, and codes for people: decimals as text.
LOOK = text(f"""
WITH line AS (
  SELECT l.*, r.asked_at
  FROM reservation r JOIN reservation_line l ON l.reservation_id = r.id
  WHERE r.id = :order AND r.company_id = :company AND r.reserved_for = 'production_order'
    AND r.state IN ('waiting', 'held') AND l.line_id = ANY(CAST(:lines AS uuid[]))
  FOR UPDATE OF r, l
), pick AS (
  SELECT k.line_id, k.serves, k.quantity, k.part_id, k.bin_id, k.item_id, p.lot_id, p.lot_number,
         p.serial, p.usable_until
  FROM reservation_pick k JOIN lot_part p ON p.id = k.part_id
  WHERE k.reservation_id = :order AND k.state = 'held' AND k.line_id = ANY(CAST(:lines AS uuid[]))
), part AS (
  SELECT p.id AS part_id, coalesce(b.bin_id, p.id) AS bin_id, p.item_id, p.lot_id, p.lot_number,
         p.serial, p.usable_until, p.quality, p.blocks,
         coalesce(b.on_hand - b.reserved, 0) AS quantity
  FROM lot_part p LEFT JOIN balance b ON b.part_id = p.id AND b.on_hand > 0
  WHERE p.id = ANY(CAST(:parts AS uuid[])) AND p.company_id = :company
), item AS (
  SELECT item_id FROM line UNION SELECT item_id FROM part UNION
  SELECT s.item_id FROM line CROSS JOIN LATERAL jsonb_to_recordset(substitutes)
    AS s (item_id uuid)
)
SELECT
  (SELECT coalesce(json_agg(json_build_object(
     'reservation_id', reservation_id, 'line_id', line_id, 'item_id', item_id,
     'missing', CAST(wanted AS text), 'needed_on', needed_on,
     'minimum_life_days', minimum_life_days, 'asked_at', asked_at,
     'substitutes', substitutes) ORDER BY line_id), '[]') FROM line) AS lines,
  (SELECT coalesce(json_agg(json_build_object(
     'line_id', line_id, 'serves', CAST(serves AS text), 'of', {FREE})
     ORDER BY serves NULLS FIRST, usable_until NULLS LAST, part_id, bin_id), '[]')
   FROM pick) AS picks,
  (SELECT coalesce(json_agg(json_build_object('quality', quality, 'blocks', blocks, 'of', {FREE})
     ORDER BY part_id, bin_id), '[]') FROM part) AS parts,
  (SELECT coalesce(json_object_agg(id, code), '{{}}') FROM item_copy
   WHERE id IN (SELECT item_id FROM item)) AS codes
""")  # noqa: S608 - put together of constants

# Lines of one claim that are picked anew at once: its state stands.
LINES_GO = text(f"""
WITH gone AS (
  UPDATE reservation_pick SET state = 'released', claimed_by = NULL
  WHERE reservation_id = :order AND state = 'held' AND line_id = ANY(CAST(:lines AS uuid[]))
  RETURNING reservation_id, line_id, part_id, bin_id, quantity, serves
), {GONE}
SELECT count(*) FROM gone
""")  # noqa: S608 - put together of constants


@dataclass(frozen=True, slots=True)
class Held:
    """What a line holds of a part; `of.quantity` is held, not free."""

    line_id: UUID
    serves: Decimal | None
    of: Free


@dataclass(frozen=True, slots=True)
class Part:
    """What of a part stands free in a bin; of none, where it stands nowhere."""

    quality: str
    blocks: tuple[str, ...]
    of: Free


WISHES = TypeAdapter(list[Wish])
HELD = TypeAdapter(list[Held])
PARTS = TypeAdapter(list[Part])
CODES = TypeAdapter(dict[UUID, str])


async def take_instead(
    session: AsyncSession, order_id: UUID, wishes: Sequence[IssueInstead]
) -> None:
    """Let the lines named go, and hold what was chosen for them, then what they held before.

    The caller holds the locks of all items that may serve the order, and restocks at the end.
    Raises LineUnknown, PartUnknown, PartNotUsable, StockMissing, SubstituteNotAllowed, DoesNotFit.
    """
    named = sorted({one.line_id for one in wishes})
    asked: dict[str, Any] = {"order": order_id, "lines": named}
    more = {"company": teller(session).company_id, "parts": [one.part_id for one in wishes]}
    seen = (await session.execute(LOOK, asked | more)).one()
    lines = lines_of(WISHES.validate_python(seen.lines), HELD.validate_python(seen.picks))
    if unknown := sorted(set(named) - {line.wish.line_id for line in lines}):
        raise LineUnknown(order_id=order_id, line_ids=unknown)
    parts, codes = PARTS.validate_python(seen.parts), CODES.validate_python(seen.codes)
    kinds = usable_parts(session, parts, wishes)

    shelf = {(part.of.part_id, part.of.bin_id): part.of for part in parts}
    chosen = [Chosen(x.line_id, x.part_id, kinds[x.part_id], x.quantity) for x in wishes]
    shares: list[Share] = []
    for line in lines:
        mine = [one for one in chosen if one.line_id == line.wish.line_id]
        shares += picked_anew(line, mine, shelf, codes)

    await session.execute(LINES_GO, asked)
    if whole := await hold(session, shares):
        record(session, StockReserved(saga_id=order_id, picks=told(whole)))


def lines_of(wishes: Sequence[Wish], held: Sequence[Held]) -> list[Line]:
    """The lines, each wishing for all that it wants, with what they hold in its order."""
    return [
        Line(
            wish,
            [
                Share(wish, one.of, one.of.quantity, one.serves)
                for one in held
                if one.line_id == wish.line_id
            ],
        )
        for wish in wishes
    ]


def usable_parts(
    session: AsyncSession, parts: Sequence[Part], wishes: Sequence[IssueInstead]
) -> dict[UUID, UUID]:
    """The items of the parts, by part. Raises PartUnknown, PartNotUsable."""
    kinds = {part.of.part_id: part.of.item_id for part in parts}
    if unknown := sorted({one.part_id for one in wishes} - kinds.keys()):
        raise PartUnknown(part_ids=unknown)
    for part in parts:
        day = part.of.usable_until
        if why := why_unusable(part.quality, part.blocks, day, today(session)):
            raise PartNotUsable(
                lot_number=part.of.lot_number,
                part_id=part.of.part_id,
                because=why,
                usable_until=day,
            )
    return kinds
