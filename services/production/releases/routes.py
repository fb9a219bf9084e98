"""The signed release of production orders over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.production.orders.queries import show_order
from services.production.orders.rules import (
    LIFECYCLE,
    BomNotEffective,
    CertificateMissing,
    OrderNotFound,
    RoutingNotEffective,
)
from services.production.releases.commands import release_order
from shared.auth import CurrentActor, needs
from shared.batches import Partial, act_on_all
from shared.contracts.base import Act, ActAll, ActResults, Done
from shared.contracts.production.orders import ProductionOrderShown
from shared.database import AsyncSession
from shared.lifecycle import ActionNotAllowed, VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute
from shared.signatures import ContentChanged, SignatureInvalid, SignatureMissing, SignatureUsed

router = APIRouter(prefix="/orders", tags=["releases"], route_class=TransactionRoute)
RELEASE = LIFECYCLE["release"].permission
GUARDS = problems(
    *(OrderNotFound, ActionNotAllowed, VersionStale),
    *(CertificateMissing, BomNotEffective, RoutingNotEffective),
    *(SignatureMissing, SignatureInvalid, SignatureUsed, ContentChanged),
)


@router.post("/{id}/actions/release", dependencies=[needs(RELEASE)], responses=GUARDS)
async def act_release(
    id: UUID, act: Act, session: Session, actor: CurrentActor
) -> ProductionOrderShown:
    """The signed start of production."""
    return await show_order(session, actor, await release_order(session, actor, id, act))


@router.post("/actions/release", dependencies=[needs(RELEASE)], responses=GUARDS)
async def act_release_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Release many orders under one signature that names each."""

    async def one(session: AsyncSession, id: UUID, version: int) -> Done:
        act = Act(version=version, note=wish.note, signature=wish.signature)
        return Done.model_validate(await release_order(session, actor, id, act))

    return await act_on_all(session, wish, one, partial=partial)
