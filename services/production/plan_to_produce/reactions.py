"""The answers that move plan to produce. Its own facts move it inside the commands that tell them.

A saga starts in the transaction of its order's release, before anything is asked: an answer to an
unknown id belongs to a sales order or an arrival, and is not for this plan.
"""

from uuid import UUID

from services.production.plan_to_produce.plan import PLAN
from shared.contracts.base import Envelope, Event
from shared.contracts.inventory.events import CompletionReceived, StockIssued, StockReserved
from shared.contracts.quality.events import SourceInspected
from shared.database import AsyncSession
from shared.events import react_to
from shared.platform_tables import SagaRow
from shared.saga_store import signal


async def pass_on(session: AsyncSession, id: UUID, event: Event) -> None:
    if await session.get(SagaRow, id) is not None:
        await signal(session, PLAN, id, event.subject, event.model_dump(mode="json"))


async def on_answer(
    session: AsyncSession,
    event: StockReserved | CompletionReceived | SourceInspected,
    _envelope: Envelope,
) -> None:
    await pass_on(session, event.saga_id, event)


async def on_stock_issued(session: AsyncSession, event: StockIssued, _envelope: Envelope) -> None:
    await pass_on(session, event.order_id, event)


REACTIONS = (
    react_to(StockReserved, on_answer),
    react_to(StockIssued, on_stock_issued),
    react_to(SourceInspected, on_answer),
    react_to(CompletionReceived, on_answer),
)
