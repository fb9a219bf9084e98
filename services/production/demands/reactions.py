"""When a demand is covered."""

from services.production.demands.commands import cover_demand
from shared.contracts.base import Envelope
from shared.contracts.inventory.events import StockReserved
from shared.database import AsyncSession
from shared.events import react_to


async def on_reserved(session: AsyncSession, event: StockReserved, _envelope: Envelope) -> None:
    """The demand's id is the id of the document that the stock is held for."""
    await cover_demand(session, event.saga_id)


REACTIONS = (react_to(StockReserved, on_reserved),)
