"""The acts on purchase orders over HTTP, one by one and by the list."""

from uuid import UUID

from fastapi import APIRouter

from services.procurement.order_acts.commands import act_on_orders
from services.procurement.orders.queries import describe_order
from services.procurement.orders.rules import (
    LIFECYCLE,
    NotApprovedSource,
    OrderUnknown,
    SupplierNotQualified,
)
from shared.approvals import NothingToDecide
from shared.auth import CurrentActor, SameHands, needs
from shared.batches import Partial, act_on_all, all_done
from shared.contracts.base import Act, ActAll, ActItem, ActResults, Done
from shared.contracts.procurement.orders import Order
from shared.database import AsyncSession
from shared.lifecycle import ActionNotAllowed, NoteMissing, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/orders", tags=["orders"], route_class=TransactionRoute)


def add_action(verb: str) -> None:
    """The routes of one action, for one order and for a list of them."""
    allowed = [needs(LIFECYCLE[verb].permission)]
    refusals = problems(
        ActionNotAllowed,
        NotApprovedSource,
        NothingToDecide,
        NoteMissing,
        OrderUnknown,
        SameHands,
        SupplierNotQualified,
        VersionStale,
    )

    @router.post(
        f"/{{id}}/actions/{verb}", name=f"{verb}_order", dependencies=allowed, responses=refusals
    )
    async def act(id: UUID, wish: Act, session: Session, actor: CurrentActor) -> Order:
        items = (ActItem(id=id, version=wish.version),)
        await act_on_orders(session, actor, items, verb, wish.note)
        return await describe_order(session, actor, id)

    @router.post(
        f"/actions/{verb}", name=f"{verb}_orders", dependencies=allowed, responses=refusals
    )
    async def act_all(
        wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
    ) -> ActResults:
        if not partial:
            return all_done(await act_on_orders(session, actor, wish.items, verb, wish.note))

        async def one(session: AsyncSession, id: UUID, version: int) -> Done:
            items = (ActItem(id=id, version=version),)
            [order] = await act_on_orders(session, actor, items, verb, wish.note)
            return Done(id=order.id, state=order.state, version=order.version)

        return await act_on_all(session, wish, one, partial=True)


for each in LIFECYCLE.actions:
    add_action(each)
