"""The answers that move plan to produce. Its own facts move it inside the commands that tell them.

A saga starts in the transaction of its order's release, before anything is asked: an answer to an
unknown id belongs to a sales order or an arrival, and is not for this plan.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.production.plan_to_produce.plan import PLAN
from shared.contracts.base import Envelope, Event
from shared.contracts.inventory.events import CompletionReceived, StockIssued, StockReserved
from shared.contracts.quality.events import SourceInspected
from shared.database import AsyncSession
from shared.events import react_to
from shared.saga_store import signal_all

Told = StockReserved | CompletionReceived | SourceInspected


async def pass_on(session: AsyncSession, events: Mapping[UUID, Event]) -> None:
    """Events of one subject by saga; ids without a saga here are passed over."""
    if events:
        subject = next(iter(events.values())).subject
        told = {id: event.model_dump(mode="json") for id, event in events.items()}
        await signal_all(session, PLAN, subject, told, park=False)


async def on_answer(session: AsyncSession, event: Told, _envelope: Envelope) -> None:
    await pass_on(session, {event.saga_id: event})


async def on_answers(session: AsyncSession, events: Sequence[Told]) -> None:
    await pass_on(session, {event.saga_id: event for event in events})


async def on_stock_issued(session: AsyncSession, event: StockIssued, _envelope: Envelope) -> None:
    await pass_on(session, {event.order_id: event})


async def on_stock_issues(session: AsyncSession, events: Sequence[StockIssued]) -> None:
    await pass_on(session, {event.order_id: event for event in events})


REACTIONS = (
    react_to(StockReserved, on_answer),
    react_to(StockIssued, on_stock_issued, on_stock_issues),
    react_to(SourceInspected, on_answer, on_answers),
    react_to(CompletionReceived, on_answer, on_answers),
)
