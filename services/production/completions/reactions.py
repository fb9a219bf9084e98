"""What quality and inventory say about a finished lot."""

from services.production.completions.commands import note_inspections, note_received
from shared.contracts.base import Envelope
from shared.contracts.inventory.events import CompletionReceived
from shared.contracts.quality.events import SourceInspected
from shared.database import AsyncSession
from shared.events import react_to


async def on_inspected(session: AsyncSession, event: SourceInspected, _envelope: Envelope) -> None:
    await note_inspections(session, (event,))


async def on_received(
    session: AsyncSession, event: CompletionReceived, _envelope: Envelope
) -> None:
    await note_received(session, (event,))


REACTIONS = (
    react_to(SourceInspected, on_inspected, note_inspections),
    react_to(CompletionReceived, on_received, note_received),
)
