"""What quality and finance say moves the saga of an arrival."""

from services.procurement.procure_to_pay.plan import PLAN
from shared.contracts.base import Answer, Envelope
from shared.contracts.finance.events import ArrivalInvoiced, ArrivalPaid
from shared.contracts.quality.events import SourceInspected
from shared.database import AsyncSession
from shared.events import react_to
from shared.saga_store import signal


async def on_answer(session: AsyncSession, event: Answer, _envelope: Envelope) -> None:
    data = event.model_dump(mode="json")
    await signal(session, PLAN, event.saga_id, event.subject, data)


async def on_inspected(session: AsyncSession, event: SourceInspected, envelope: Envelope) -> None:
    """Production orders are inspected too, under their own sagas."""
    if event.stage == "incoming":
        await on_answer(session, event, envelope)


REACTIONS = (
    react_to(SourceInspected, on_inspected),
    react_to(ArrivalInvoiced, on_answer),
    react_to(ArrivalPaid, on_answer),
)
