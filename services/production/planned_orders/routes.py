"""Planned orders over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.production.planned_orders.commands import change_planned
from services.production.planned_orders.queries import LISTING, list_planned, shown_all
from services.production.planned_orders.rules import PlannedOrderFixed, PlannedOrderNotFound
from shared.auth import CurrentActor, needs
from shared.contracts.production.plan_runs import ChangePlanned
from shared.contracts.production.planned_orders import PlannedOrderShown
from shared.lifecycle import VersionStale
from shared.listing import ListQuery, Page
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/planned-orders", tags=["planning"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("production.planned_order.read")])
async def list_planned_orders(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[PlannedOrderShown]:
    return await list_planned(session, query, actor)


@router.patch(
    "/{id}", dependencies=[needs("production.planned_order.firm")],
    responses=problems(PlannedOrderNotFound, PlannedOrderFixed, VersionStale),
)  # fmt: skip
async def patch_planned_order(
    id: UUID, wish: ChangePlanned, session: Session, actor: CurrentActor
) -> PlannedOrderShown:
    """Firm an order, let it loose, or note something on it; it survives the next plans."""
    order = await change_planned(session, actor, id, wish)
    return (await shown_all(session, actor, [order]))[0]
