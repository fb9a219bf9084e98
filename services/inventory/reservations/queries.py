"""Reservations as they stand."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from services.inventory.holdings.tables import Reservation, ReservationLine
from services.inventory.reservations.rules import ReservationUnknown
from shared.contracts.inventory.reservations import HeldLine, HeldReservation
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Reservation,
    {"state": "in", "reserved_for": "eq", "number": "eq"},
    sort=("number", "asked_at"),
    search=("number",),
)


async def show(session: AsyncSession, company_id: UUID, id: UUID) -> HeldReservation:
    """A reservation as its answer. Raises ReservationUnknown."""
    row = await session.get(Reservation, id)
    if row is None or row.company_id != company_id:
        raise ReservationUnknown(id=id)
    lines = await session.exec(
        select(ReservationLine)
        .where(col(ReservationLine.reservation_id) == id)
        .order_by(col(ReservationLine.line_id))
    )
    return shown(row, lines)


async def lines_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, list[ReservationLine]]:
    """The lines of several reservations."""
    found: dict[UUID, list[ReservationLine]] = {}
    rows = await session.exec(
        select(ReservationLine)
        .where(col(ReservationLine.reservation_id).in_(list(ids)))
        .order_by(col(ReservationLine.line_id))
    )
    for line in rows:
        found.setdefault(line.reservation_id, []).append(line)
    return found


def shown(row: Reservation, lines: Iterable[ReservationLine]) -> HeldReservation:
    return HeldReservation(
        id=row.id,
        number=row.number,
        state=row.state,
        lines=tuple(HeldLine.model_validate(line) for line in lines),
    )
