"""Events that failed eight times: listed, run again, or given up with a reason."""

from uuid import UUID

from fastapi import APIRouter, Request

from shared.auth import CurrentActor, needs
from shared.contracts.base import Body, Reason
from shared.dead_letters import DeadLetterShown, discard, list_waiting, retry
from shared.session import Session, TransactionRoute

router = APIRouter(tags=["platform"], route_class=TransactionRoute)


class Discard(Body):
    """Why the event is given up."""

    reason: Reason


@router.get("/dead-letters", dependencies=[needs("own.platform.read")])
async def list_dead_letters(session: Session) -> list[DeadLetterShown]:
    """Events that failed eight times and wait for a person."""
    return await list_waiting(session)


@router.post("/dead-letters/{id}/actions/retry", dependencies=[needs("own.platform.operate")])
async def retry_dead_letter(
    request: Request, id: UUID, session: Session, actor: CurrentActor
) -> DeadLetterShown:
    """Run the reactions again, now that the cause is mended."""
    spec = request.app.state.spec
    return await retry(session, spec.context, spec.reactions, id, actor.subject)


@router.post("/dead-letters/{id}/actions/discard", dependencies=[needs("own.platform.operate")])
async def discard_dead_letter(
    id: UUID, wish: Discard, session: Session, actor: CurrentActor
) -> DeadLetterShown:
    """Give the event up for good, with the reason."""
    return await discard(session, id, wish.reason, actor.subject)
