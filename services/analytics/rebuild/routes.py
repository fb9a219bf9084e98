"""Rebuilding over HTTP."""

from fastapi import APIRouter, Request

from services.analytics.rebuild.commands import rebuild
from services.analytics.rebuild.rules import SourceUnreadable
from shared.auth import CurrentActor, needs
from shared.client import Peers
from shared.contracts.analytics.dashboard import Rebuilt
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(tags=["rebuild"], route_class=TransactionRoute)


@router.post(
    "/rebuild",
    dependencies=[needs("analytics.facts.rebuild")],
    responses=problems(SourceUnreadable),
)
async def rebuild_facts(request: Request, session: Session, actor: CurrentActor) -> Rebuilt:
    """Build every figure anew from the sources' events; figures stay readable meanwhile."""
    peers = Peers(request.app.state.settings)
    try:
        reactions = request.app.state.spec.reactions
        return await rebuild(session, peers, reactions, actor.company_id)
    finally:
        await peers.close()
