"""The answers that move order to ship.

A saga starts in the transaction of its order's approval, before anything is asked: an answer to an
unknown id belongs to a production order, and is not for this plan.
"""

from services.sales.order_to_ship.plan import PLAN
from shared.contracts.base import Answer, Envelope
from shared.contracts.inventory.events import ReservationAnswered, StockReserved
from shared.database import AsyncSession
from shared.events import react_to
from shared.platform_tables import SagaRow
from shared.saga_store import signal


async def on_answer(session: AsyncSession, event: Answer, _envelope: Envelope) -> None:
    if await session.get(SagaRow, event.saga_id) is not None:
        data = event.model_dump(mode="json")
        await signal(session, PLAN, event.saga_id, event.subject, data)


REACTIONS = (react_to(ReservationAnswered, on_answer), react_to(StockReserved, on_answer))
