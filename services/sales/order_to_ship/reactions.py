"""The answers that move order to ship.

A saga starts in the transaction of its order's approval, before anything is asked: an answer to an
unknown id belongs to a production order, and is not for this plan.
"""

from services.sales.order_to_ship.plan import PLAN
from shared.contracts.base import Answer, Envelope
from shared.contracts.inventory.events import ReservationAnswered, StockReserved
from shared.database import AsyncSession
from shared.events import react_to
from shared.saga_store import signal_all


async def on_answer(session: AsyncSession, event: Answer, _envelope: Envelope) -> None:
    signals = {event.saga_id: event.model_dump(mode="json")}
    await signal_all(session, PLAN, event.subject, signals, park=False)


REACTIONS = (react_to(ReservationAnswered, on_answer), react_to(StockReserved, on_answer))
