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
from services.production.releases.commands import release_orders
from shared.auth import CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.production.orders import ProductionOrderShown
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
    await release_orders(session, actor, Batch.of_one(id, act.version), act)
    return await show_order(session, actor, id)


@router.post("/actions/release", dependencies=[needs(RELEASE)], responses=GUARDS)
async def act_release_all(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Release many orders under one signature that names each."""
    batch = Batch(wish.items, partial=partial)
    return batch.results(await release_orders(session, actor, batch, wish))
