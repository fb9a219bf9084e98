"""The answers that move a delivery. Its saga starts in the transaction that makes the delivery."""

from services.sales.delivery_to_invoice.plan import PLAN
from shared.contracts.base import Answer, Envelope
from shared.contracts.finance.events import InvoicePosted
from shared.contracts.inventory.events import ShipmentDispatched
from shared.database import AsyncSession
from shared.events import react_to
from shared.saga_store import signal_all


async def on_answer(session: AsyncSession, event: Answer, _envelope: Envelope) -> None:
    signals = {event.saga_id: event.model_dump(mode="json")}
    await signal_all(session, PLAN, event.subject, signals, park=False)


REACTIONS = (react_to(ShipmentDispatched, on_answer), react_to(InvoicePosted, on_answer))
