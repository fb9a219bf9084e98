"""Returns ordered by procurement."""

from services.inventory.supplier_returns.commands import open_return
from shared.contracts.base import Envelope
from shared.contracts.procurement.events import ReturnOrdered
from shared.database import AsyncSession
from shared.events import react_to


async def on_return(session: AsyncSession, event: ReturnOrdered, _envelope: Envelope) -> None:
    await open_return(session, event)


REACTIONS = (react_to(ReturnOrdered, on_return),)
