"""Completion and release to stock over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.production.completions.commands import complete_orders, release_to_stock
from services.production.completions.rules import (
    NothingAccepted,
    NothingMade,
    NotInspected,
    OperationsOpen,
    SerialsUnclear,
)
from services.production.orders.queries import show_order
from services.production.orders.rules import LIFECYCLE, MaterialNotIssued, OrderNotFound
from shared.actor import SameHands
from shared.auth import CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.production.orders import ProductionOrderShown, ReleaseToStock
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute
from shared.signatures import ContentChanged, SignatureInvalid, SignatureMissing, SignatureUsed

router = APIRouter(prefix="/orders", tags=["completions"], route_class=TransactionRoute)
COMPLETE = LIFECYCLE["complete"].permission
RELEASE = LIFECYCLE["release_to_stock"].permission
COMPLETING = problems(
    *(OrderNotFound, ActionNotAllowed, VersionStale),
    *(MaterialNotIssued, OperationsOpen, NothingMade),
)
RELEASING = problems(
    *(OrderNotFound, ActionNotAllowed, VersionStale, SameHands),
    *(NotInspected, NothingAccepted, SerialsUnclear),
    *(SignatureMissing, SignatureInvalid, SignatureUsed, ContentChanged),
)


@router.post("/{id}/actions/complete", dependencies=[needs(COMPLETE)], responses=COMPLETING)
async def act_complete(
    id: UUID, act: Act, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    """Close the making; the lot gets its number, serials and expiry, and waits for inspection."""
    await complete_orders(session, actor, Batch.of_one(id, act.version), act.note)
    return await show_order(session, actor, id)


@router.post("/actions/complete", dependencies=[needs(COMPLETE)], responses=COMPLETING)
async def act_complete_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    batch = Batch(wish.items, partial=partial)
    return batch.results(await complete_orders(session, actor, batch, wish.note))


@router.post("/{id}/actions/release_to_stock", dependencies=[needs(RELEASE)], responses=RELEASING)
async def act_release_to_stock(
    id: UUID, act: ReleaseToStock, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    """The signed release of the inspected lot."""
    serials = {id: act.rejected_serials}
    await release_to_stock(session, actor, Batch.of_one(id, act.version), act, serials)
    return await show_order(session, actor, id)


@router.post("/actions/release_to_stock", dependencies=[needs(RELEASE)], responses=RELEASING)
async def act_release_all_to_stock(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Release many lots under one signature that names each."""
    batch = Batch(wish.items, partial=partial)
    return batch.results(await release_to_stock(session, actor, batch, wish))
