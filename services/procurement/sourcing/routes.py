"""Source proposals over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.procurement.requisitions.rules import RequisitionUnknown
from services.procurement.sourcing.queries import sources_of
from shared.auth import CurrentActor, needs
from shared.contracts.procurement.requisitions import ScoredSource
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/requisitions", tags=["requisitions"], route_class=TransactionRoute)


@router.get(
    "/{id}/sources",
    dependencies=[needs("procurement.source.read")],
    responses=problems(RequisitionUnknown),
)
async def list_sources(id: UUID, session: Session, actor: CurrentActor) -> list[ScoredSource]:
    """All approved sources of the need, best first, with scores and reasons."""
    return await sources_of(session, actor, id)
