"""Drafts of sales orders over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header

from services.sales.copies.rules import CustomerNotKnown, ItemNotKnown, RateMissing
from services.sales.drafts.commands import change_order, place_order
from services.sales.orders.queries import (
    show_order,
)
from services.sales.orders.rules import (
    CustomerNotActive,
    ItemNotForSale,
    OrderNotFound,
    QuantityTooFine,
    VersionMissing,
)
from shared.auth import CurrentActor, needs
from shared.contracts.sales.orders import (
    ChangeOrder,
    OrderShown,
    PlaceOrder,
)
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/orders", tags=["drafts"], route_class=TransactionRoute)
REFUSALS = (CustomerNotActive, ItemNotForSale, ItemNotKnown, QuantityTooFine)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("sales.order.write")],
    responses=problems(*REFUSALS, CustomerNotKnown, RateMissing),
)
async def post_order(wish: PlaceOrder, session: Session, actor: CurrentActor) -> OrderShown:
    """Place a draft order."""
    order = await place_order(session, actor, wish)
    return await show_order(session, actor, order.id)


@router.patch(
    "/{id}",
    dependencies=[needs("sales.order.write")],
    responses=problems(*REFUSALS, OrderNotFound, ActionNotAllowed, VersionMissing, VersionStale),
)
async def patch_order(
    id: UUID,
    wish: ChangeOrder,
    session: Session,
    actor: CurrentActor,
    if_match: Annotated[str | None, Header(max_length=20)] = None,
) -> OrderShown:
    """Change a draft, or a submitted order whose approval then is void."""
    seen = (if_match or "").strip('W/"')
    if not seen.isdecimal():
        raise VersionMissing(if_match=if_match)
    order = await change_order(session, actor, id, int(seen), wish)
    return await show_order(session, actor, order.id)
