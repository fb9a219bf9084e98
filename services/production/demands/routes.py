"""Demands over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.production.copies.rules import ItemNotKnown
from services.production.demands.commands import (
    find_demand,
    give_up_demand,
    lines_of,
    raise_demand,
)
from services.production.demands.queries import LISTING, listed, show_demand
from services.production.demands.rules import DemandDiffers, DemandGivenUp, DemandNotFound
from shared.auth import CurrentActor, needs
from shared.contracts.base import Done
from shared.contracts.production.demand_answers import DemandListed, DemandShown
from shared.contracts.production.demands import RaiseDemand
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/demands", tags=["demands"], route_class=TransactionRoute)


@router.put(
    "/{id}",
    dependencies=[needs("production.demand.write")],
    responses=problems(DemandDiffers, DemandGivenUp, ItemNotKnown),
)
async def put_demand(id: UUID, wish: RaiseDemand, session: Session) -> Done:
    """Ask production to cover a document's shortage; safe to repeat."""
    return Done.model_validate(await raise_demand(session, id, wish))


@router.delete("/{id}", dependencies=[needs("production.demand.write")])
async def delete_demand(id: UUID, session: Session) -> Done:
    """Give a demand up; safe to repeat, and before the `PUT`."""
    return Done.model_validate(await give_up_demand(session, id))


@router.get("", dependencies=[needs("production.demand.read")])
async def list_demands(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[DemandListed]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [listed(row, actor) for row in rows], total, counts)


@router.get(
    "/{id}",
    dependencies=[needs("production.demand.read")],
    responses=problems(DemandNotFound),
)
async def get_demand(id: UUID, session: Session, actor: CurrentActor) -> DemandShown:
    demand = await find_demand(session, actor, id)
    return await show_demand(session, actor, demand, await lines_of(session, id))
