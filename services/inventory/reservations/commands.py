"""Holding stock. Lock order everywhere: items by id, then reservations by id."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import TextClause, text
from sqlmodel import col, select

from services.inventory.holdings.commands import (
    MAY_SERVE,
    hold,
    let_go,
    open_claim,
    told,
)
from services.inventory.holdings.rules import Share, Wish, allowed
from services.inventory.holdings.tables import Reservation, ReservationLine
from services.inventory.moves.commands import (
    SETTLING,
    lock_items,
    lock_items_of,
    locking,
    settling,
)
from services.inventory.moves.queries import FREE
from services.inventory.moves.rules import Free
from services.inventory.reservations.rules import (
    ReservationDiffers,
    ReservationReleased,
    ReservationTaken,
    allot,
    in_line,
    shortage,
)
from shared.contracts.inventory.events import (
    ItemAvailabilityChanged,
    Pick,
    ReservationAnswered,
    StockReserved,
)
from shared.contracts.inventory.events import ReservationReleased as ReleasedTold
from shared.contracts.inventory.reservations import (
    HeldLine,
    HeldReservation,
    ReserveLine,
    ReserveStock,
)
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.session import now, today

# How the items stand, what waits for them, and what is free to serve it: decimals as text.
SEEN = f"""free AS ({FREE}), settled AS ({SETTLING})
SELECT
  (SELECT coalesce(json_agg(json_build_object(
     'part_id', part_id, 'bin_id', bin_id, 'item_id', item_id, 'lot_id', lot_id,
     'lot_number', lot_number, 'serial', serial, 'usable_until', usable_until,
     'quantity', CAST(quantity AS text))), '[]') FROM free) AS free,
  (SELECT coalesce(json_agg(json_build_object(
     'item_id', item_id, 'version', version, 'on_hand', CAST(on_hand AS text),
     'usable', CAST(usable AS text), 'reserved', CAST(reserved AS text),
     'to_inspect', CAST(to_inspect AS text)) ORDER BY item_id), '[]')
   FROM settled) AS figures"""  # noqa: S608 - put together of constants

LOOK = text(f"""
WITH standing AS (
  SELECT id FROM reservation WHERE id = :id
), need AS (
  SELECT item_id, greatest(needed_on, CAST(:day AS date)) + life AS last_day,
         sum(sum(wanted)) OVER (PARTITION BY item_id) AS needed
  FROM unnest(
    CAST(:need_items AS uuid[]), CAST(:wanted AS numeric[]), CAST(:days AS date[]),
    CAST(:lives AS int[])
  ) AS t (item_id, wanted, needed_on, life)
  WHERE NOT EXISTS (SELECT FROM standing)
  GROUP BY 1, 2
), {SEEN}, (SELECT id FROM standing) AS standing
""")  # noqa: S608 - put together of constants

# The claims are locked in id order; who comes first is decided by the rule. What is free of these
# items cannot change any more: they are locked. A line that a substitute may serve can be served
# under its own item's lock meanwhile, so the lines are locked too, and read as they stand then.
SERVE = text(f"""
WITH waiting AS (
  SELECT l.reservation_id, l.line_id, l.item_id, l.wanted - l.held AS missing, l.needed_on,
         l.minimum_life_days, r.asked_at, l.substitutes
  FROM reservation_line l JOIN reservation r ON r.id = l.reservation_id
  WHERE l.company_id = CAST(:company AS uuid) AND l.held < l.wanted AND r.state = 'waiting'
    AND (l.item_id = ANY(CAST(:items AS uuid[])) OR l.substitutes <> '[]' AND EXISTS (
      SELECT FROM jsonb_to_recordset(l.substitutes) AS s (item_id uuid)
      WHERE s.item_id = ANY(CAST(:items AS uuid[]))))
  ORDER BY r.id, l.line_id
  FOR UPDATE OF r, l
), short AS (
  SELECT item_id, needed_on, minimum_life_days, missing FROM waiting
  UNION ALL
  SELECT s.item_id, w.needed_on, w.minimum_life_days, w.missing * s.quantity / s.instead_of + 1
  FROM waiting w CROSS JOIN LATERAL jsonb_to_recordset(w.substitutes)
    AS s (item_id uuid, quantity numeric, instead_of numeric)
), need AS (
  SELECT item_id, greatest(needed_on, CAST(:day AS date)) + minimum_life_days AS last_day,
         sum(sum(missing)) OVER (PARTITION BY item_id) AS needed
  FROM short WHERE item_id = ANY(CAST(:items AS uuid[])) GROUP BY 1, 2
), {SEEN},
  (SELECT coalesce(json_agg(json_build_object(
     'reservation_id', reservation_id, 'line_id', line_id, 'item_id', item_id,
     'missing', CAST(missing AS text), 'needed_on', needed_on,
     'minimum_life_days', minimum_life_days, 'asked_at', asked_at,
     'substitutes', substitutes)), '[]') FROM waiting) AS wishes
""")  # noqa: S608 - put together of constants
LOCK_LINES = locking(f"{MAY_SERVE} WHERE reservation_id = :id")
STANDING = text("""
SELECT r.company_id, r.number, r.state, r.version, EXISTS (
  SELECT FROM reservation_pick WHERE reservation_id = r.id AND state = 'taken') AS taken
FROM reservation r WHERE r.id = :id FOR UPDATE
""")
STOCK = TypeAdapter(list[Free])
WISHES = TypeAdapter(list[Wish])
FIGURES = TypeAdapter(list[ItemAvailabilityChanged])


async def reserve_stock(session: AsyncSession, id: UUID, wish: ReserveStock) -> HeldReservation:
    """Hold what there is by FEFO; the rest waits in line. The same id and wish change nothing."""
    items = {line.item_id for line in wish.lines}
    items |= {by.item_id for line in wish.lines for by in line.substitutes}
    asked_at = now(session)
    wishes = [wish_of(id, line, asked_at) for line in wish.lines]
    await lock_items(session, items)
    seen = await see(session, LOOK, items, needs_of(id, wishes))
    if seen.standing is not None:
        return await same_or_refused(session, id, wish)

    shares = allot(in_line(wishes), STOCK.validate_python(seen.free), today(session))
    missing = shortage(wishes, shares)
    state = "waiting" if missing else "held"

    await open_claim(session, id, wish, state, asked_at, shares)
    tell_answer(session, id, wish, missing)
    if not missing:
        record(session, StockReserved(saga_id=id, picks=tuple(pick_of(x) for x in shares)))
    tell_figures(session, seen.figures, shares)
    lines = (
        HeldLine(
            line_id=x.line_id,
            item_id=x.item_id,
            wanted=x.quantity,
            held=x.quantity - missing.get(x.line_id, Decimal(0)),
        )
        for x in wish.lines
    )
    return HeldReservation(id=id, number=wish.number, state=state, lines=tuple(lines))


async def see(
    session: AsyncSession, statement: TextClause, items: Collection[UUID], asked: dict[str, Any]
) -> Any:
    """The items summed up, and the free stock that covers a need. The caller holds their locks."""
    return (await session.execute(statement, settling(session, items) | asked)).one()


def wish_of(id: UUID, line: ReserveLine, asked_at: datetime) -> Wish:
    return Wish(
        *(id, line.line_id, line.item_id, line.quantity, line.needed_on),
        *(line.minimum_life_days, asked_at, allowed(line.substitutes)),
    )


def needs_of(id: UUID, wishes: Sequence[Wish]) -> dict[str, Any]:
    """What may be taken of each item, own or substitute, at most."""
    needs = [(one, one.item_id, one.missing) for one in wishes] + [
        (one, by.item_id, by.takes(one.missing)) for one in wishes for by in one.substitutes
    ]
    return {
        "id": id,
        "need_items": [item_id for _, item_id, _ in needs],
        "wanted": [wanted for _, _, wanted in needs],
        "days": [one.needed_on for one, _, _ in needs],
        "lives": [one.minimum_life_days for one, _, _ in needs],
    }


def tell_figures(session: AsyncSession, figures: object, shares: Sequence[Share]) -> None:
    """How the items stand, with what was held since they were summed up."""
    for item in FIGURES.validate_python(figures):
        held = sum((x.quantity for x in shares if x.of.item_id == item.item_id), Decimal(0))
        record(session, item.model_copy(update={"reserved": item.reserved + held}))


def pick_of(share: Share) -> Pick:
    return Pick(
        line_id=share.wish.line_id,
        item_id=share.of.item_id,
        part_id=share.of.part_id,
        lot_id=share.of.lot_id,
        lot_number=share.of.lot_number,
        serial=share.of.serial,
        quantity=share.quantity,
        serves=share.serves,
    )


def tell_answer(
    session: AsyncSession, id: UUID, wish: ReserveStock, missing: dict[UUID, Decimal]
) -> None:
    short = tuple(
        ReservationAnswered.Shortage(
            line_id=line.line_id,
            item_id=line.item_id,
            missing=missing[line.line_id],
            needed_on=line.needed_on,
        )
        for line in wish.lines
        if line.line_id in missing
    )
    record(session, ReservationAnswered(saga_id=id, complete=not short, shortages=short))


async def same_or_refused(session: AsyncSession, id: UUID, wish: ReserveStock) -> HeldReservation:
    """What stands for the same wish already."""
    reservation = await session.get_one(Reservation, id)
    if reservation.company_id != teller(session).company_id:
        raise ReservationDiffers(id=id)
    if reservation.state == "released":
        raise ReservationReleased(id=id)
    lines = await session.exec(
        select(ReservationLine).where(col(ReservationLine.reservation_id) == id)
    )
    found = {x.line_id: x for x in lines}
    stands = {
        (
            *(x.line_id, x.item_id, x.wanted, x.needed_on, x.minimum_life_days),
            allowed(x.substitutes),
        )
        for x in found.values()
    }
    asked = {
        (
            *(x.line_id, x.item_id, x.quantity, x.needed_on, x.minimum_life_days),
            allowed(x.substitutes),
        )
        for x in wish.lines
    }
    if stands != asked:
        raise ReservationDiffers(id=id, number=reservation.number)
    return HeldReservation(
        id=id,
        number=reservation.number,
        state=reservation.state,
        lines=tuple(HeldLine.model_validate(found[x.line_id]) for x in wish.lines),
    )


async def restock(session: AsyncSession, item_ids: Collection[UUID]) -> None:
    """The end of every command that may have freed stock: sum up, serve who waits, tell.

    One statement, and one more when somebody is served.
    """
    seen = await see(session, SERVE, item_ids, {})
    wishes = WISHES.validate_python(seen.wishes)
    shares = allot(in_line(wishes), STOCK.validate_python(seen.free), today(session))
    if shares:
        whole = await hold(session, shares)
        for id, mine in groupby(whole, lambda pick: pick["reservation_id"]):
            record(session, StockReserved(saga_id=id, picks=told(list(mine))))
    tell_figures(session, seen.figures, shares)


async def release_stock(session: AsyncSession, id: UUID) -> Reservation:
    """Give back what is held and leave the line. Twice is calm; before the PUT, a tombstone."""
    items = await lock_items_of(session, LOCK_LINES, id=id)
    standing = (await session.execute(STANDING, {"id": id})).one_or_none()
    company = teller(session).company_id
    stone = Reservation(
        id=id, company_id=company, reserved_for="", number="", state="released",
        asked_at=now(session),
    )  # fmt: skip
    if standing is None:
        session.add(stone)
    elif standing.company_id != company:
        raise ReservationDiffers(id=id)
    elif standing.state == "released":
        stone.version = standing.version
        return stone
    elif standing.taken:
        raise ReservationTaken(id=id, number=standing.number)
    else:
        stone.version = await let_go(session, id)
        await restock(session, items)
    record(session, ReleasedTold(saga_id=id))
    return stone
