"""Returns to suppliers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.procurement.orders.rules import OrderNotChangeable
from services.procurement.returns.commands import order_return
from services.procurement.returns.queries import LISTING, described, return_by_id
from services.procurement.returns.rules import ArrivalLineUnknown, ReturnedTooMuch, ReturnUnknown
from shared.auth import CurrentActor, needs
from shared.contracts.procurement.orders import OrderReturn, Return
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/returns", tags=["returns"], route_class=TransactionRoute)
READ = needs("procurement.return.read")


@router.get("", dependencies=[READ])
async def list_returns(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[Return]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [described(row) for row in rows], total, counts)


@router.get("/{id}", dependencies=[READ], responses=problems(ReturnUnknown))
async def show_return(id: UUID, session: Session, actor: CurrentActor) -> Return:
    return described(await return_by_id(session, actor, id))


@router.post(
    "",
    status_code=201,
    dependencies=[needs("procurement.return.write")],
    responses=problems(ArrivalLineUnknown, OrderNotChangeable, ReturnedTooMuch),
)
async def post_return(wish: OrderReturn, session: Session, actor: CurrentActor) -> Return:
    """Order goods back to their supplier; inventory sends them."""
    return described(await order_return(session, actor, wish))
