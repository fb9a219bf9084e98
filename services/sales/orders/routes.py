"""Sales orders over HTTP: looking."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.sales.orders.queries import (
    LISTING,
    availability,
    list_orders,
    show_order,
)
from services.sales.orders.rules import (
    OrderNotFound,
)
from shared.auth import CurrentActor, needs
from shared.contracts.sales.orders import (
    OrderAvailability,
    OrderListed,
    OrderShown,
)
from shared.listing import ListQuery, Page
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/orders", tags=["orders"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("sales.order.read")])
async def list_sales_orders(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[OrderListed]:
    return await list_orders(session, query, actor)


@router.get("/{id}", dependencies=[needs("sales.order.read")], responses=problems(OrderNotFound))
async def get_order(id: UUID, session: Session, actor: CurrentActor) -> OrderShown:
    return await show_order(session, actor, id)


@router.get(
    "/{id}/availability",
    dependencies=[needs("sales.order.read")],
    responses=problems(OrderNotFound),
)
async def get_availability(id: UUID, session: Session, actor: CurrentActor) -> OrderAvailability:
    """What of the order could be promised from stock now (ATP)."""
    return await availability(session, actor, id)
