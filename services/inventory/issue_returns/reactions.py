"""Cancelled production orders heard."""

from services.inventory.issue_returns.commands import open_task
from shared.contracts.base import Envelope
from shared.contracts.production.events import ProductionCancelled
from shared.database import AsyncSession
from shared.events import react_to


async def on_cancelled(
    session: AsyncSession, event: ProductionCancelled, _envelope: Envelope
) -> None:
    if event.issued:
        await open_task(session, event)


REACTIONS = (react_to(ProductionCancelled, on_cancelled),)
