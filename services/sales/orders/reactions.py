"""What inventory says about the stock of sales orders."""

from services.sales.orders.commands import note_allocated, note_released
from shared.contracts.base import Envelope
from shared.contracts.inventory.events import ReservationReleased, StockReserved
from shared.database import AsyncSession
from shared.events import react_to


async def on_reserved(session: AsyncSession, event: StockReserved, _envelope: Envelope) -> None:
    await note_allocated(session, event.saga_id)


async def on_released(
    session: AsyncSession, event: ReservationReleased, _envelope: Envelope
) -> None:
    await note_released(session, event.saga_id)


REACTIONS = (react_to(StockReserved, on_reserved), react_to(ReservationReleased, on_released))
