"""Purchase orders over HTTP: lists, documents, drafts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.procurement.copies.rules import ItemUnknown, RateMissing, SupplierUnknown
from services.procurement.orders.commands import change_order, draft_by_hand
from services.procurement.orders.queries import (
    LISTING,
    describe_order,
    describe_orders,
)
from services.procurement.orders.rules import (
    LineUnknown,
    NotApprovedSource,
    OrderNotChangeable,
    OrderUnknown,
    PriceMissing,
    QuantityTooFine,
)
from shared.auth import CurrentActor, needs
from shared.contracts.procurement.orders import ChangeOrder, DraftOrder, Order, OrderSummary
from shared.lifecycle import VersionStale
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/orders", tags=["orders"], route_class=TransactionRoute)
READ = needs("procurement.order.read")
WRITE = needs("procurement.order.write")


@router.get("", dependencies=[READ])
async def list_orders(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[OrderSummary]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, await describe_orders(session, rows), total, counts)


@router.post(
    "",
    status_code=201,
    dependencies=[WRITE],
    responses=problems(
        ItemUnknown, NotApprovedSource, PriceMissing, QuantityTooFine, RateMissing, SupplierUnknown
    ),
)
async def post_order(wish: DraftOrder, session: Session, actor: CurrentActor) -> Order:
    """A draft by hand, without requisitions; prices default to the approved source's."""
    order = await draft_by_hand(session, actor, wish)
    return await describe_order(session, actor, order.id)


@router.get("/{id}", dependencies=[READ], responses=problems(OrderUnknown))
async def show_order(id: UUID, session: Session, actor: CurrentActor) -> Order:
    return await describe_order(session, actor, id)


@router.put(
    "/{id}",
    dependencies=[WRITE],
    responses=problems(
        LineUnknown, OrderNotChangeable, OrderUnknown, QuantityTooFine, VersionStale
    ),
)
async def put_order(id: UUID, wish: ChangeOrder, session: Session, actor: CurrentActor) -> Order:
    """Change lines before issue; approvals given so far are void."""
    await change_order(session, actor, id, wish)
    return await describe_order(session, actor, id)
