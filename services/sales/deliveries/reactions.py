"""What inventory and finance say about deliveries."""

from services.sales.deliveries.commands import note_dispatched, note_invoiced
from shared.contracts.base import Envelope
from shared.contracts.finance.events import InvoicePosted
from shared.contracts.inventory.events import ShipmentDispatched
from shared.database import AsyncSession
from shared.events import react_to


async def on_dispatched(
    session: AsyncSession, event: ShipmentDispatched, _envelope: Envelope
) -> None:
    await note_dispatched(session, event)


async def on_invoiced(session: AsyncSession, event: InvoicePosted, _envelope: Envelope) -> None:
    await note_invoiced(session, event)


REACTIONS = (react_to(ShipmentDispatched, on_dispatched), react_to(InvoicePosted, on_invoiced))
