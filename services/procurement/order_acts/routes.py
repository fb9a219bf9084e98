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
from shared.approval_votes import BeyondDelegation
from shared.approvals import NothingToDecide
from shared.auth import CurrentActor, SameHands, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.procurement.orders import Order
from shared.lifecycle import ActionNotAllowed, NoteMissing, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/orders", tags=["orders"], route_class=TransactionRoute)


def add_action(verb: str) -> None:
    """The routes of one action, for one order and for a list of them."""
    action = LIFECYCLE[verb]
    allowed = [needs(action.permission, delegable=action.delegable)]
    refusals = problems(
        ActionNotAllowed,
        BeyondDelegation,
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
        await act_on_orders(session, actor, Batch.of_one(id, wish.version), verb, wish.note)
        return await describe_order(session, actor, id)

    @router.post(
        f"/actions/{verb}", name=f"{verb}_orders", dependencies=allowed, responses=refusals
    )
    async def act_all(
        wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
    ) -> ActResults:
        batch = Batch(wish.items, partial=partial)
        return batch.results(await act_on_orders(session, actor, batch, verb, wish.note))


for each in LIFECYCLE.actions:
    add_action(each)
