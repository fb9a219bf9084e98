"""Production orders over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.production.orders.commands import cancel_orders, pause_order
from services.production.orders.queries import LISTING, list_orders, show_order
from services.production.orders.rules import (
    LIFECYCLE,
    OrderNotFound,
    StillGood,
)
from shared.auth import CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.production.orders import ProductionOrderListed, ProductionOrderShown
from shared.lifecycle import ActionNotAllowed, NoteMissing, VersionStale
from shared.listing import ListQuery, Page
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/orders", tags=["orders"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("production.order.read")])
async def list_production_orders(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[ProductionOrderListed]:
    return await list_orders(session, query, actor)


@router.get(
    "/{id}", dependencies=[needs("production.order.read")], responses=problems(OrderNotFound)
)
async def get_order(id: UUID, session: Session, actor: CurrentActor) -> ProductionOrderShown:
    return await show_order(session, actor, id)


@router.post(
    "/{id}/actions/pause",
    dependencies=[needs(LIFECYCLE["pause"].permission)],
    responses=problems(OrderNotFound, ActionNotAllowed, VersionStale, NoteMissing),
)
async def act_pause(
    id: UUID, act: Act, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    await pause_order(session, actor, id, act, "pause")
    return await show_order(session, actor, id)


@router.post(
    "/{id}/actions/resume",
    dependencies=[needs(LIFECYCLE["resume"].permission)],
    responses=problems(OrderNotFound, ActionNotAllowed, VersionStale),
)
async def act_resume(
    id: UUID, act: Act, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    await pause_order(session, actor, id, act, "resume")
    return await show_order(session, actor, id)


@router.post(
    "/{id}/actions/cancel",
    dependencies=[needs(LIFECYCLE["cancel"].permission)],
    responses=problems(OrderNotFound, ActionNotAllowed, VersionStale, NoteMissing, StillGood),
)
async def act_cancel(
    id: UUID, act: Act, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    """Give the order up; issued material is called back."""
    await cancel_orders(session, actor, Batch.of_one(id, act.version), act.note)
    return await show_order(session, actor, id)


@router.post(
    "/actions/cancel",
    dependencies=[needs(LIFECYCLE["cancel"].permission)],
    responses=problems(OrderNotFound, ActionNotAllowed, VersionStale, NoteMissing, StillGood),
)
async def act_cancel_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    batch = Batch(wish.items, partial=partial)
    return batch.results(await cancel_orders(session, actor, batch, wish.note))
