"""Arrivals over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.procurement.arrivals.commands import register_arrivals
from services.procurement.arrivals.queries import (
    LISTING,
    arrival_by_id,
    describe_arrivals,
    described,
)
from services.procurement.arrivals.rules import (
    ArrivalTooFine,
    ArrivalUnknown,
    ArrivedTooMuch,
    ExpiryMissing,
    LifeTooShort,
    LineNotOfOrder,
    OrderNotIssued,
)
from services.procurement.orders.rules import OrderUnknown
from shared.auth import CurrentActor, needs
from shared.contracts.procurement.orders import (
    Arrival,
    Arrivals,
    RegisterArrival,
    RegisterArrivals,
)
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/arrivals", tags=["arrivals"], route_class=TransactionRoute)
READ = needs("procurement.arrival.read")
REGISTER = needs("procurement.arrival.write")
REFUSALS = problems(
    ArrivalTooFine,
    ArrivedTooMuch,
    ExpiryMissing,
    LifeTooShort,
    LineNotOfOrder,
    OrderNotIssued,
    OrderUnknown,
)


@router.get("", dependencies=[READ])
async def list_arrivals(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[Arrival]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, await describe_arrivals(session, actor, rows), total, counts)


@router.get("/{id}", dependencies=[READ], responses=problems(ArrivalUnknown))
async def show_arrival(id: UUID, session: Session, actor: CurrentActor) -> Arrival:
    row = await arrival_by_id(session, actor, id)
    return (await describe_arrivals(session, actor, [row]))[0]


@router.post("", status_code=201, dependencies=[REGISTER], responses=REFUSALS)
async def post_arrival(wish: RegisterArrival, session: Session, actor: CurrentActor) -> Arrival:
    """One delivery: quantities, maker's lots and expiry; every line becomes an arrival lot."""
    ((row, lines),), items = await register_arrivals(session, actor, [wish])
    return described(row, lines, items)


@router.post("/actions/register", status_code=201, dependencies=[REGISTER], responses=REFUSALS)
async def post_arrivals(wish: RegisterArrivals, session: Session, actor: CurrentActor) -> Arrivals:
    """Several deliveries, all or none."""
    done, items = await register_arrivals(session, actor, wish.arrivals)
    return Arrivals(items=tuple(described(row, lines, items) for row, lines in done))
