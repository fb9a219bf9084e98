"""A context's past as others may read it: by position, or by document."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import text

from shared.auth import CurrentActor, needs
from shared.contracts.base import Envelope
from shared.envelopes import COLUMNS, envelope_of
from shared.feed import feed
from shared.session import Session, TransactionRoute

FEED_MAX = 1000
router = APIRouter(tags=["platform"], route_class=TransactionRoute)


@router.get("/events", dependencies=[needs("own.platform.read")])
async def list_events(
    request: Request,
    session: Session,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=FEED_MAX)] = 200,
) -> list[Envelope]:
    """Everything this context ever told, by position: the feed to rebuild from."""
    return await feed(session, request.app.state.settings.context, after, limit)


@router.get("/positions", dependencies=[needs("own.approval.read")])
async def list_positions(request: Request, session: Session) -> dict[str, int]:
    """How far this context has heard each source: what a command's Mailuo-Position compares to."""
    rows = await session.execute(text("SELECT source, position FROM consumer_position"))
    stored = {row.source: row.position for row in rows}
    heard: dict[str, int] = await request.app.state.runtime.heard(stored)
    return heard


@router.get("/events/{aggregate_id}", dependencies=[needs("own.approval.read")])
async def list_events_of(
    request: Request, aggregate_id: UUID, session: Session, actor: CurrentActor
) -> list[Envelope]:
    """What one document told, in order."""
    rows = await session.execute(
        text(
            f"SELECT {COLUMNS} FROM outbox WHERE aggregate_id = :id "  # noqa: S608 - a constant
            "AND company_id = :company ORDER BY position LIMIT 500"
        ),
        {"id": aggregate_id, "company": actor.company_id},
    )
    context: str = request.app.state.settings.context
    return [envelope_of(dict(row), context) for row in rows.mappings()]
