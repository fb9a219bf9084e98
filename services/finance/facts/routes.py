"""Facts that wait to be posted, over HTTP."""

from fastapi import APIRouter
from sqlmodel import col, select

from services.finance.facts.tables import PendingFact
from shared.auth import CurrentActor, needs
from shared.contracts.finance.ledgers import PendingFact as Shown
from shared.session import Session, TransactionRoute

SHOWN_MAX = 500
router = APIRouter(prefix="/pending-facts", tags=["pending-facts"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("finance.ledger.read")])
async def list_pending_facts(session: Session, actor: CurrentActor) -> list[Shown]:
    """What is not posted yet and what it waits for: a price, a rate, a period, other facts."""
    rows = await session.exec(
        select(PendingFact)
        .where(PendingFact.company_id == actor.company_id, col(PendingFact.settled_at).is_(None))
        .order_by(col(PendingFact.source), col(PendingFact.position))
        .limit(SHOWN_MAX)
    )
    return [Shown.model_validate(row) for row in rows]
