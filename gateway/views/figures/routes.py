"""How much has happened: events and documents over all contexts."""

from fastapi import APIRouter
from sqlalchemy import text

from gateway.views.freshness import Fresh
from shared.auth import CurrentActor, needs
from shared.contracts.base import Contract
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/api/views/figures", tags=["views"], route_class=TransactionRoute)
COUNT = text("""
SELECT context, count(*) AS events, count(DISTINCT aggregate_id) AS documents
FROM thread_event WHERE company_id = :company GROUP BY context ORDER BY context
""")


class Figures(Contract):
    """Events heard by the gateway, and the documents they are about."""

    events: int
    documents: int
    events_by_context: dict[str, int]


@router.get("", dependencies=[needs("gateway.self.read"), Fresh])
async def show_figures(session: Session, actor: CurrentActor) -> Figures:
    """Counts since the first day."""
    rows = (await session.execute(COUNT, {"company": actor.company_id})).all()
    return Figures(
        events=sum(row.events for row in rows),
        documents=sum(row.documents for row in rows),
        events_by_context={row.context: row.events for row in rows},
    )
