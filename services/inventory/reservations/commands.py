"""Holding stock. Lock order everywhere: items by id, then reservations by id."""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from services.inventory.holdings.commands import (
    held_picks,
    hold,
    let_go,
    mark_whole,
    open_claim,
    told,
    waiting_lines,
)
from services.inventory.holdings.rules import Share, Wish
from services.inventory.holdings.tables import Reservation, ReservationLine, ReservationPick
from services.inventory.moves.commands import lock_items, settle
from services.inventory.moves.queries import free_stock
from services.inventory.reservations.rules import (
    ReservationDiffers,
    ReservationReleased,
    ReservationTaken,
    allot,
    in_line,
    shortage,
)
from shared.contracts.inventory.events import Pick, ReservationAnswered, StockReserved
from shared.contracts.inventory.events import ReservationReleased as ReleasedTold
from shared.contracts.inventory.reservations import HeldLine, HeldReservation, ReserveStock
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.session import now, today


async def reserve_stock(session: AsyncSession, id: UUID, wish: ReserveStock) -> HeldReservation:
    """Hold what there is by FEFO; the rest waits in line. The same id and wish change nothing."""
    items = {line.item_id for line in wish.lines}
    await lock_items(session, items)
    if (standing := await same_or_refused(session, id, wish)) is not None:
        return standing

    asked_at = now(session)
    wishes = [
        Wish(id, x.line_id, x.item_id, x.quantity, x.needed_on, x.minimum_life_days, asked_at)
        for x in wish.lines
    ]
    shares = allot(in_line(wishes), await free_stock(session, items), today(session))
    missing = shortage(wishes, shares)
    state = "waiting" if missing else "held"

    await open_claim(session, id, wish, state, asked_at)
    await hold(session, shares)
    tell_answer(session, id, wish, missing)
    if not missing:
        record(session, StockReserved(saga_id=id, picks=tuple(pick_of(x) for x in shares)))
    await settle(session, items)
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


def pick_of(share: Share) -> Pick:
    return Pick(
        line_id=share.wish.line_id,
        item_id=share.wish.item_id,
        part_id=share.of.part_id,
        lot_id=share.of.lot_id,
        lot_number=share.of.lot_number,
        serial=share.of.serial,
        quantity=share.quantity,
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


async def same_or_refused(
    session: AsyncSession, id: UUID, wish: ReserveStock
) -> HeldReservation | None:
    """What stands for the same wish already; None when the id is new."""
    reservation = await session.get(Reservation, id)
    if reservation is None:
        return None
    if reservation.company_id != teller(session).company_id:
        raise ReservationDiffers(id=id)
    if reservation.state == "released":
        raise ReservationReleased(id=id)
    lines = await session.exec(
        select(ReservationLine).where(col(ReservationLine.reservation_id) == id)
    )
    found = {x.line_id: x for x in lines}
    stands = {
        (x.line_id, x.item_id, x.wanted, x.needed_on, x.minimum_life_days) for x in found.values()
    }
    asked = {
        (x.line_id, x.item_id, x.quantity, x.needed_on, x.minimum_life_days) for x in wish.lines
    }
    if stands != asked:
        raise ReservationDiffers(id=id, number=reservation.number)
    return HeldReservation(
        id=id,
        number=reservation.number,
        state=reservation.state,
        lines=tuple(HeldLine.model_validate(found[x.line_id]) for x in wish.lines),
    )


async def serve_waiting(session: AsyncSession, item_ids: Collection[UUID]) -> None:
    """Give free usable stock to those who wait for it; tell each one that is whole now."""
    wishes = await waiting_lines(session, item_ids)
    if not wishes:
        return
    shares = allot(in_line(wishes), await free_stock(session, item_ids), today(session))
    if not shares:
        return
    await hold(session, shares)
    touched = sorted({share.wish.reservation_id for share in shares})
    whole = await mark_whole(session, touched)
    if not whole:
        return
    picks = await held_picks(session, whole)
    for id in sorted(whole):
        mine = [pick for pick in picks if pick["reservation_id"] == id]
        record(session, StockReserved(saga_id=id, picks=told(mine)))


async def restock(session: AsyncSession, item_ids: Collection[UUID]) -> None:
    """The end of every command that may have freed stock: serve who waits, sum up, tell."""
    await serve_waiting(session, item_ids)
    await settle(session, item_ids)


async def release_stock(session: AsyncSession, id: UUID) -> Reservation:
    """Give back what is held and leave the line. Twice is calm; before the PUT, a tombstone."""
    rows = await session.exec(
        select(col(ReservationLine.item_id)).where(col(ReservationLine.reservation_id) == id)
    )
    items = set(rows)
    if items:
        await lock_items(session, items)
    reservation = await session.get(Reservation, id, with_for_update=True)
    company = teller(session).company_id
    if reservation is None:
        reservation = Reservation(
            id=id,
            company_id=company,
            reserved_for="",
            number="",
            state="released",
            asked_at=now(session),
        )
        session.add(reservation)
    elif reservation.company_id != company:
        raise ReservationDiffers(id=id)
    elif reservation.state == "released":
        return reservation
    elif await anything_taken(session, id):
        raise ReservationTaken(id=id, number=reservation.number)
    else:
        picks = await held_picks(session, [id])
        await let_go(session, [pick["id"] for pick in picks])
        reservation.state = "released"
        reservation.version += 1
        await session.flush()
        await restock(session, items)
    record(session, ReleasedTold(saga_id=id))
    return reservation


async def anything_taken(session: AsyncSession, id: UUID) -> bool:
    found = await session.exec(
        select(col(ReservationPick.id))
        .where(col(ReservationPick.reservation_id) == id, col(ReservationPick.state) == "taken")
        .limit(1)
    )
    return found.first() is not None
