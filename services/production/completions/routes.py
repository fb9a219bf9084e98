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
from shared.batches import Partial, act_on_all, all_done
from shared.contracts.base import Act, ActAll, ActItem, ActResults, Done
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
    await complete_orders(session, actor, (ActItem(id=id, version=act.version),), act.note)
    return await show_order(session, actor, id)


@router.post("/actions/complete", dependencies=[needs(COMPLETE)], responses=COMPLETING)
async def act_complete_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    if not partial:
        return all_done(await complete_orders(session, actor, wish.items, wish.note))

    async def one(session: AsyncSession, id: UUID, version: int) -> Done:
        items = (ActItem(id=id, version=version),)
        [order] = await complete_orders(session, actor, items, wish.note)
        return Done.model_validate(order)

    return await act_on_all(session, wish, one, partial=True)


@router.post("/{id}/actions/release_to_stock", dependencies=[needs(RELEASE)], responses=RELEASING)
async def act_release_to_stock(
    id: UUID, act: ReleaseToStock, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    """The signed release of the inspected lot."""
    serials = {id: act.rejected_serials}
    await release_to_stock(session, actor, as_list(id, act.version, act), serials)
    return await show_order(session, actor, id)


@router.post("/actions/release_to_stock", dependencies=[needs(RELEASE)], responses=RELEASING)
async def act_release_all_to_stock(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Release many lots under one signature that names each."""
    if not partial:
        return all_done(await release_to_stock(session, actor, wish))

    async def one(session: AsyncSession, id: UUID, version: int) -> Done:
        [order] = await release_to_stock(session, actor, as_list(id, version, wish))
        return Done.model_validate(order)

    return await act_on_all(session, wish, one, partial=True)


def as_list(id: UUID, version: int, act: Act | ActAll) -> ActAll:
    """One order as a list of one."""
    items = (ActItem(id=id, version=version),)
    return ActAll(items=items, note=act.note, signature=act.signature)
