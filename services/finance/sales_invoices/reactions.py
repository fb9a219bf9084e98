"""A delivery has left: its invoice may be posted."""

from services.finance.books.commands import lock_books
from services.finance.cost_of_sales.commands import keep_shipment
from services.finance.sales_invoices.commands import note_shipment
from shared.contracts.base import Envelope
from shared.contracts.inventory.events import ShipmentDispatched
from shared.database import AsyncSession
from shared.events import react_to


async def on_dispatch(
    session: AsyncSession, shipment: ShipmentDispatched, _envelope: Envelope
) -> None:
    await lock_books(session)
    await keep_shipment(session, shipment)
    await note_shipment(session, shipment.saga_id)


REACTIONS = (react_to(ShipmentDispatched, on_dispatch),)
