"""Deliveries over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.sales.deliveries.commands import cancel_delivery, plan_delivery
from services.sales.deliveries.queries import LISTING, delivery_lines, find_delivery, listed, shown
from services.sales.deliveries.rules import (
    LIFECYCLE,
    DeliveryNotFound,
    LineUnknown,
    MoreThanOrdered,
    NothingToDeliver,
)
from services.sales.orders.rules import OrderNotFound
from shared.auth import CurrentActor, needs
from shared.contracts.base import Act
from shared.contracts.sales.deliveries import DeliveryListed, DeliveryShown, PlanDelivery
from shared.lifecycle import ActionNotAllowed, NoteMissing, VersionStale
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/deliveries", tags=["deliveries"], route_class=TransactionRoute)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("sales.delivery.write")],
    responses=problems(
        OrderNotFound, ActionNotAllowed, LineUnknown, MoreThanOrdered, NothingToDeliver
    ),
)
async def post_delivery(wish: PlanDelivery, session: Session, actor: CurrentActor) -> DeliveryShown:
    """Have an allocated order sent, in whole or in part; the warehouse is asked by itself."""
    delivery, lines = await plan_delivery(session, actor, wish)
    return shown(delivery, lines, actor)


@router.get("", dependencies=[needs("sales.delivery.read")])
async def list_deliveries(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[DeliveryListed]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [listed(row, actor) for row in rows], total, counts)


@router.get(
    "/{id}", dependencies=[needs("sales.delivery.read")], responses=problems(DeliveryNotFound)
)
async def get_delivery(id: UUID, session: Session, actor: CurrentActor) -> DeliveryShown:
    delivery = await find_delivery(session, actor, id)
    return shown(delivery, await delivery_lines(session, id), actor)


@router.post(
    "/{id}/actions/cancel",
    dependencies=[needs(LIFECYCLE["cancel"].permission)],
    responses=problems(DeliveryNotFound, ActionNotAllowed, VersionStale, NoteMissing),
)
async def act_cancel(id: UUID, act: Act, session: Session, actor: CurrentActor) -> DeliveryShown:
    """Call a planned delivery back; the order can be delivered anew."""
    delivery, lines = await cancel_delivery(session, actor, id, act)
    return shown(delivery, lines, actor)
