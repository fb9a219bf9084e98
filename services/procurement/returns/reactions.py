"""Inventory sends returned goods."""

from services.procurement.returns.commands import close_return
from shared.contracts.base import Envelope
from shared.contracts.inventory.events import SupplierReturnDispatched
from shared.database import AsyncSession
from shared.events import react_to


async def on_dispatched(
    session: AsyncSession, event: SupplierReturnDispatched, _envelope: Envelope
) -> None:
    await close_return(session, event.return_id)


REACTIONS = (react_to(SupplierReturnDispatched, on_dispatched),)
