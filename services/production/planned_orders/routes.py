"""Planned orders over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from services.production.planned_orders.queries import LISTING, list_planned
from shared.auth import CurrentActor, needs
from shared.contracts.production.planned_orders import PlannedOrderShown
from shared.listing import ListQuery, Page
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/planned-orders", tags=["planning"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("production.planned_order.read")])
async def list_planned_orders(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[PlannedOrderShown]:
    return await list_planned(session, query, actor)
