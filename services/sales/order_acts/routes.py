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
from shared.approval_votes import BeyondDelegation
from shared.approvals import NothingToDecide
from shared.auth import CurrentActor, SameHands, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.sales.orders import OrderShown
from shared.lifecycle import ActionNotAllowed, NoteMissing, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/orders", tags=["order acts"], route_class=TransactionRoute)
SUBMIT = LIFECYCLE["submit"].permission
APPROVERS = [needs(LIFECYCLE["approve"].permission, delegable=True)]
CANCEL = LIFECYCLE["cancel"].permission
ALWAYS = (OrderNotFound, ActionNotAllowed, VersionStale)
GATES = (CustomerNotActive, LicenceMissing, CertificateMissing, CreditExceeded)
SUBMITTING = problems(*ALWAYS, *GATES)
APPROVING = problems(*ALWAYS, *GATES, NothingToDecide, SameHands, BeyondDelegation)


@router.post("/{id}/actions/submit", dependencies=[needs(SUBMIT)], responses=SUBMITTING)
async def act_submit(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    """Ask for approval; refused while a gate is shut."""
    await submit_orders(session, actor, Batch.of_one(id, act.version), act.note)
    return await show_order(session, actor, id)


@router.post("/actions/submit", dependencies=[needs(SUBMIT)], responses=SUBMITTING)
async def act_submit_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    batch = Batch(wish.items, partial=partial)
    return batch.results(await submit_orders(session, actor, batch, wish.note))


@router.post("/{id}/actions/withdraw", dependencies=[needs(SUBMIT)], responses=problems(*ALWAYS))
async def act_withdraw(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    await return_to_draft(session, actor, id, act, "withdraw")
    return await show_order(session, actor, id)


@router.post("/{id}/actions/revise", dependencies=[needs(SUBMIT)], responses=problems(*ALWAYS))
async def act_revise(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    """Take a rejected order up again as a draft."""
    await return_to_draft(session, actor, id, act, "revise")
    return await show_order(session, actor, id)


@router.post("/{id}/actions/approve", dependencies=APPROVERS, responses=APPROVING)
async def act_approve(id: UUID, act: Act, session: Session, actor: CurrentActor) -> OrderShown:
    """Promise the goods; the reservation begins by itself."""
    await approve_orders(session, actor, Batch.of_one(id, act.version), act.note)
    return await show_order(session, actor, id)


@router.post("/actions/approve", dependencies=APPROVERS, responses=APPROVING)
async def act_approve_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    batch = Batch(wish.items, partial=partial)
    return batch.results(await approve_orders(session, actor, batch, wish.note))


@router.post(
    "/{id}/actions/reject",
    dependencies=APPROVERS,
    responses=problems(*ALWAYS, NothingToDecide, NoteMissing, SameHands, BeyondDelegation),
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
