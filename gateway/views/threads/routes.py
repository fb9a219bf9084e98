"""The document thread: everything linked to a document, with its events."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from gateway.views.freshness import Fresh, read_as_of
from gateway.views.threads.queries import EVENTS, EVENTS_MAX, NUMBERS, connected
from shared.auth import CurrentActor, needs
from shared.contracts.base import Contract
from shared.i18n import Bilingual
from shared.problems import NotFound
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/api/views/threads", tags=["views"], route_class=TransactionRoute)


class ThreadUnknown(NotFound):
    title = Bilingual("Nothing has been told about this document yet", "尚无关于该单据的记录")


class ThreadDocument(Contract):
    id: UUID
    context: str
    number: str


class ThreadLine(Contract):
    id: UUID
    at: datetime
    context: str
    subject: str
    aggregate_id: UUID
    number: str
    actor: str


class Thread(Contract):
    """Documents breadth first from the one asked for; events in order of time."""

    id: UUID
    documents: tuple[ThreadDocument, ...]
    events: tuple[ThreadLine, ...]
    complete: bool
    as_of: dict[str, int]


@router.get("/{id}", dependencies=[needs("gateway.self.read"), Fresh])
async def show_thread(id: UUID, session: Session, actor: CurrentActor) -> Thread:
    """Everything linked to an order or any other document, over all contexts."""
    documents = await connected(session, actor.company_id, id)
    asked = {"company": actor.company_id, "documents": documents}
    lines = (await session.execute(EVENTS, {**asked, "most": EVENTS_MAX})).mappings().all()
    if not lines:
        raise ThreadUnknown(id=id)
    numbers = (await session.execute(NUMBERS, asked)).mappings()
    named = {row["aggregate_id"]: row for row in numbers}
    return Thread(
        id=id,
        documents=tuple(
            ThreadDocument(id=d, context=named[d]["context"], number=named[d]["number"])
            for d in documents
            if d in named
        ),
        events=tuple(ThreadLine.model_validate(dict(line)) for line in lines),
        complete=len(lines) < EVENTS_MAX,
        as_of=await read_as_of(session),
    )
