"""Events that are facts."""

from collections.abc import Awaitable, Callable
from typing import Any

from services.analytics.facts.commands import keep_stock_value, note_cancelled, put_facts
from services.analytics.facts.rules import costed, invoiced, ordered, received, reported, shipped
from shared.contracts.base import Envelope
from shared.contracts.finance.events import CostOfSalesPosted, InvoicePosted, ItemValued
from shared.contracts.inventory.events import ShipmentDispatched, StockAccepted
from shared.contracts.production.events import OperationReported
from shared.contracts.sales.events import OrderApproved, OrderCancelled
from shared.database import AsyncSession
from shared.events import react_to

Handler = Callable[[AsyncSession, Any, Envelope], Awaitable[None]]


def putting(facts_of: Callable[[Any, Envelope], list[dict[str, Any]]]) -> Handler:
    """A reaction that writes the facts of an event."""

    async def put(session: AsyncSession, event: object, envelope: Envelope) -> None:
        await put_facts(session, facts_of(event, envelope))

    return put


async def on_item_valued(session: AsyncSession, event: ItemValued, _envelope: Envelope) -> None:
    await keep_stock_value(session, event)


async def on_cancelled(session: AsyncSession, event: OrderCancelled, _envelope: Envelope) -> None:
    await note_cancelled(session, event)


REACTIONS = (
    react_to(OrderApproved, putting(ordered), patient=True),
    react_to(ShipmentDispatched, putting(shipped), patient=True),
    react_to(InvoicePosted, putting(invoiced), patient=True),
    react_to(CostOfSalesPosted, putting(costed), patient=True),
    react_to(OperationReported, putting(reported), patient=True),
    react_to(StockAccepted, putting(received), patient=True),
    react_to(ItemValued, on_item_valued, patient=True),
    react_to(OrderCancelled, on_cancelled, patient=True),
)
