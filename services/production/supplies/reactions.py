"""What inventory says about the material of production orders."""

from services.production.supplies.commands import (
    note_answer,
    note_held,
    note_issues,
    note_return,
)
from shared.contracts.base import Envelope
from shared.contracts.inventory.events import (
    IssueReturned,
    ReservationAnswered,
    StockIssued,
    StockReserved,
)
from shared.database import AsyncSession
from shared.events import react_to


async def on_answered(
    session: AsyncSession, event: ReservationAnswered, _envelope: Envelope
) -> None:
    await note_answer(session, event)


async def on_reserved(session: AsyncSession, event: StockReserved, _envelope: Envelope) -> None:
    await note_held(session, event.saga_id)


async def on_issued(session: AsyncSession, event: StockIssued, _envelope: Envelope) -> None:
    await note_issues(session, (event,))


async def on_returned(session: AsyncSession, event: IssueReturned, _envelope: Envelope) -> None:
    await note_return(session, event)


REACTIONS = (
    react_to(ReservationAnswered, on_answered),
    react_to(StockReserved, on_reserved),
    react_to(StockIssued, on_issued, note_issues),
    react_to(IssueReturned, on_returned),
)
