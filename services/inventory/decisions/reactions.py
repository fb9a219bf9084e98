"""Decisions heard; an arrival may come after its decision."""

from collections.abc import Sequence

from services.inventory.decisions.commands import hear_decisions, judge_waiting
from shared.contracts.base import Envelope
from shared.contracts.procurement.events import GoodsArrived
from shared.contracts.quality.events import InspectionDecided
from shared.database import AsyncSession
from shared.events import react_to


async def on_decision(session: AsyncSession, event: InspectionDecided, _envelope: Envelope) -> None:
    if event.stage == "incoming":
        await hear_decisions(session, [event])


async def on_decisions(session: AsyncSession, events: Sequence[InspectionDecided]) -> None:
    """A signed list, carried out in few statements."""
    if incoming := [event for event in events if event.stage == "incoming"]:
        await hear_decisions(session, incoming)


async def on_arrival(session: AsyncSession, event: GoodsArrived, _envelope: Envelope) -> None:
    """Declared after the receipt's own reaction: the goods are here, their items locked."""
    await judge_waiting(session, [line.line_id for line in event.lines])


REACTIONS = (
    react_to(InspectionDecided, on_decision, on_decisions),
    react_to(GoodsArrived, on_arrival),
)
