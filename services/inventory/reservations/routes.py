"""Reservations over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.inventory.reservations.commands import release_stock, reserve_stock
from services.inventory.reservations.queries import LISTING, lines_of, show, shown
from services.inventory.reservations.rules import (
    ReservationDiffers,
    ReservationReleased,
    ReservationTaken,
    ReservationUnknown,
)
from shared.auth import CurrentActor, needs
from shared.contracts.base import Done
from shared.contracts.inventory.reservations import HeldReservation, ReserveStock
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/reservations", tags=["reservations"], route_class=TransactionRoute)


@router.put(
    "/{id}",
    dependencies=[needs("inventory.reservation.write")],
    responses=problems(ReservationDiffers, ReservationReleased),
)
async def put_reservation(id: UUID, wish: ReserveStock, session: Session) -> HeldReservation:
    """Hold stock for a document: what there is now, the rest in line; safe to repeat."""
    return await reserve_stock(session, id, wish)


@router.delete(
    "/{id}",
    dependencies=[needs("inventory.reservation.write")],
    responses=problems(ReservationTaken),
)
async def delete_reservation(id: UUID, session: Session) -> Done:
    """Release what is held; safe to repeat, and before the PUT it stands in its way."""
    released = await release_stock(session, id)
    return Done(id=released.id, state=released.state, version=released.version)


@router.get("", dependencies=[needs("inventory.reservation.read")])
async def list_reservations(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[HeldReservation]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    lines = await lines_of(session, [row.id for row in rows])
    return paged(query, [shown(row, lines.get(row.id, ())) for row in rows], total, counts)


@router.get(
    "/{id}",
    dependencies=[needs("inventory.reservation.read")],
    responses=problems(ReservationUnknown),
)
async def show_reservation(id: UUID, session: Session, actor: CurrentActor) -> HeldReservation:
    return await show(session, actor.company_id, id)
