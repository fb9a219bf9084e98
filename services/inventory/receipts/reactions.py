"""Arrivals heard."""

from services.inventory.receipts.commands import receive_arrival
from shared.contracts.base import Envelope
from shared.contracts.procurement.events import GoodsArrived
from shared.database import AsyncSession
from shared.events import react_to


async def on_arrival(session: AsyncSession, event: GoodsArrived, _envelope: Envelope) -> None:
    await receive_arrival(session, event)


REACTIONS = (react_to(GoodsArrived, on_arrival),)
