"""What quality and finance say about arrivals."""

from services.procurement.arrivals.commands import note_billed, note_inspected
from shared.contracts.base import Envelope
from shared.contracts.finance.events import ArrivalInvoiced, ArrivalPaid
from shared.contracts.quality.events import SourceInspected
from shared.database import AsyncSession
from shared.events import react_to


async def on_inspected(session: AsyncSession, event: SourceInspected, _envelope: Envelope) -> None:
    if event.stage == "incoming":
        await note_inspected(session, event)


async def on_invoiced(session: AsyncSession, event: ArrivalInvoiced, _envelope: Envelope) -> None:
    await note_billed(session, event.saga_id, paid=False)


async def on_paid(session: AsyncSession, event: ArrivalPaid, _envelope: Envelope) -> None:
    await note_billed(session, event.saga_id, paid=True)


REACTIONS = (
    react_to(SourceInspected, on_inspected),
    react_to(ArrivalInvoiced, on_invoiced),
    react_to(ArrivalPaid, on_paid),
)
