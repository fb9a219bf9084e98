"""Completion and release to stock over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.production.completions.commands import complete_order, release_to_stock
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
from shared.batches import Partial, act_on_all
from shared.contracts.base import Act, ActAll, ActResults, Done
from shared.contracts.production.orders import ProductionOrderShown, ReleaseToStock
from shared.database import AsyncSession
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
    return await show_order(session, actor, await complete_order(session, actor, id, act))


@router.post("/actions/complete", dependencies=[needs(COMPLETE)], responses=COMPLETING)
async def act_complete_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    async def one(session: AsyncSession, id: UUID, version: int) -> Done:
        act = Act(version=version, note=wish.note)
        return Done.model_validate(await complete_order(session, actor, id, act))

    return await act_on_all(session, wish, one, partial=partial)


@router.post("/{id}/actions/release_to_stock", dependencies=[needs(RELEASE)], responses=RELEASING)
async def act_release_to_stock(
    id: UUID, act: ReleaseToStock, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    """The signed release of the inspected lot."""
    return await show_order(session, actor, await release_to_stock(session, actor, id, act))


@router.post("/actions/release_to_stock", dependencies=[needs(RELEASE)], responses=RELEASING)
async def act_release_all_to_stock(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Release many lots under one signature that names each."""

    async def one(session: AsyncSession, id: UUID, version: int) -> Done:
        act = ReleaseToStock(version=version, note=wish.note, signature=wish.signature)
        return Done.model_validate(await release_to_stock(session, actor, id, act))

    return await act_on_all(session, wish, one, partial=partial)
