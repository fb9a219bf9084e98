"""Search by any number, lot or serial."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import text

from gateway.views.freshness import Fresh
from shared.auth import CurrentActor, needs
from shared.contracts.base import Contract
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/api/views/search", tags=["views"], route_class=TransactionRoute)
HITS_MAX = 50
SEARCH = text("""
SELECT text, document_id, kind, context, subject FROM search_entry
WHERE company_id = :company AND text LIKE :pattern ESCAPE '!'
ORDER BY text = :exact DESC, length(text), text, subject LIMIT :most
""")


class Hit(Contract):
    text: str
    document_id: UUID
    kind: str
    context: str
    subject: str


@router.get("", dependencies=[needs("gateway.self.read"), Fresh])
async def search(
    session: Session,
    actor: CurrentActor,
    q: Annotated[str, Query(min_length=2, max_length=100, pattern=r"^[^\x00-\x1f]+$")],
) -> list[Hit]:
    """Documents whose number, lot or serial begins with the words; the exact match first."""
    exact = q.strip().upper()
    escaped = exact.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    asked = {"company": actor.company_id, "pattern": escaped + "%", "exact": exact}
    rows = await session.execute(SEARCH, {**asked, "most": HITS_MAX})
    return [Hit.model_validate(dict(row)) for row in rows.mappings()]
