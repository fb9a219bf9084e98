"""Acts on sales orders over HTTP, each with its list form where many are decided at once."""

from uuid import UUID

from fastapi import APIRouter

from services.sales.order_acts.commands import (
    approve_orders,
    cancel_order,
    reject_order,
    return_to_draft,
    submit_orders,
)
from services.sales.orders.queries import show_order
from services.sales.orders.rules import (
    LIFECYCLE,
    CertificateMissing,
    CreditExceeded,
    CustomerNotActive,
    DeliveryOpen,
    LicenceMissing,
    OrderNotFound,
)
from shared.approvals import NothingToDecide
from shared.auth import CurrentActor, SameHands, needs
from shared.batches import Partial, act_on_all, all_done
from shared.contracts.base import Act, ActAll, ActItem, ActResults, Done
from shared.contracts.sales.orders import OrderShown
from shared.database import AsyncSession
from shared.lifecycle import ActionNotAllowed, NoteMissing, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/orders", tags=["order acts"], route_class=TransactionRoute)
SUBMIT = LIFECYCLE["submit"].permission
APPROVE = LIFECYCLE["approve"].permission
CANCEL = LIFECYCLE["cancel"].permission
ALWAYS = (OrderNotFound, ActionNotAllowed, VersionStale)
GATES = (CustomerNotActive, LicenceMissing, CertificateMissing, CreditExceeded)
SUBMITTING = problems(*ALWAYS, *GATES)
APPROVING = problems(*ALWAYS, *GATES, NothingToDecide, SameHands)


@router.post("/{id}/actions/submit", dependencies=[needs(SUBMIT)], responses=SUBMITTING)
async def act_submit(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    """Ask for approval; refused while a gate is shut."""
    await submit_orders(session, actor, (ActItem(id=id, version=act.version),), act.note)
    return await show_order(session, actor, id)


@router.post("/actions/submit", dependencies=[needs(SUBMIT)], responses=SUBMITTING)
async def act_submit_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    if not partial:
        return all_done(await submit_orders(session, actor, wish.items, wish.note))

    async def one(session: AsyncSession, id: UUID, version: int) -> Done:
        items = (ActItem(id=id, version=version),)
        [order] = await submit_orders(session, actor, items, wish.note)
        return Done.model_validate(order)

    return await act_on_all(session, wish, one, partial=True)


@router.post("/{id}/actions/withdraw", dependencies=[needs(SUBMIT)], responses=problems(*ALWAYS))
async def act_withdraw(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    await return_to_draft(session, actor, id, act, "withdraw")
    return await show_order(session, actor, id)


@router.post("/{id}/actions/revise", dependencies=[needs(SUBMIT)], responses=problems(*ALWAYS))
async def act_revise(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    """Take a rejected order up again as a draft."""
    await return_to_draft(session, actor, id, act, "revise")
    return await show_order(session, actor, id)


@router.post("/{id}/actions/approve", dependencies=[needs(APPROVE)], responses=APPROVING)
async def act_approve(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    """Promise the goods; the reservation begins by itself."""
    await approve_orders(session, actor, (ActItem(id=id, version=act.version),), act.note)
    return await show_order(session, actor, id)


@router.post("/actions/approve", dependencies=[needs(APPROVE)], responses=APPROVING)
async def act_approve_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    if not partial:
        return all_done(await approve_orders(session, actor, wish.items, wish.note))

    async def one(session: AsyncSession, id: UUID, version: int) -> Done:
        items = (ActItem(id=id, version=version),)
        [order] = await approve_orders(session, actor, items, wish.note)
        return Done.model_validate(order)

    return await act_on_all(session, wish, one, partial=True)


@router.post(
    "/{id}/actions/reject",
    dependencies=[needs(APPROVE)],
    responses=problems(*ALWAYS, NothingToDecide, NoteMissing, SameHands),
)
async def act_reject(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    await reject_order(session, actor, id, act)
    return await show_order(session, actor, id)


@router.post(
    "/{id}/actions/cancel",
    dependencies=[needs(CANCEL)],
    responses=problems(*ALWAYS, NoteMissing, DeliveryOpen),
)
async def act_cancel(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    """Give the order up before dispatch; reservation and demand fall away by themselves."""
    await cancel_order(session, actor, id, act)
    return await show_order(session, actor, id)
