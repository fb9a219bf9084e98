"""What happened, posted once."""

from collections.abc import Awaitable, Callable
from typing import Any

from services.finance.copies.commands import keep_master, keep_purchase_lines, note_production
from services.finance.facts.commands import FACTS, hear, retry_all
from shared.contracts.base import Envelope, Event
from shared.contracts.inventory.events import StockReceived
from shared.contracts.masterdata.events import (
    CustomerPublished,
    ItemPublished,
    Published,
    RatePublished,
    SupplierPublished,
    WorkCentreRated,
)
from shared.contracts.procurement.events import OrderPriced
from shared.contracts.production.events import (
    LotReleased,
    OrderClosed,
    OrderReleased,
    ProductionCancelled,
)
from shared.database import AsyncSession
from shared.events import Reaction, react_to

Handler = Callable[[AsyncSession, Any, Envelope], Awaitable[None]]


def keeping(kind: str) -> Handler:
    """Keep a master's copy; items and work centre rates are terms that facts may wait for."""

    async def keep(session: AsyncSession, master: Published, _envelope: Envelope) -> None:
        await keep_master(session, kind, master)
        if kind in ("item", "centre"):
            await retry_all(session)

    return keep


async def on_order_priced(session: AsyncSession, order: OrderPriced, envelope: Envelope) -> None:
    await keep_purchase_lines(session, order, envelope.sequence)
    await retry_all(session)


async def on_order_released(session: AsyncSession, order: OrderReleased, _: Envelope) -> None:
    known = {"number": order.number, "item_id": order.item_id}
    await note_production(session, order.order_id, known)


async def on_lot_released(session: AsyncSession, lot: LotReleased, _: Envelope) -> None:
    known = {"number": lot.order_number, "released_quantity": lot.quantity}
    await note_production(session, lot.order_id, known)
    await retry_all(session)


async def on_order_closed(session: AsyncSession, order: OrderClosed, envelope: Envelope) -> None:
    known = {"number": order.number, "closed": True, "completed": order.completed}
    await note_production(session, order.saga_id, known)
    await hear(session, order, envelope)


async def on_cancelled(
    session: AsyncSession, order: ProductionCancelled, envelope: Envelope
) -> None:
    await note_production(session, order.order_id, {"number": order.number, "cancelled": True})
    await hear(session, order, envelope)


async def on_stock_received(
    session: AsyncSession, received: StockReceived, envelope: Envelope
) -> None:
    if received.source == "opening":
        await hear(session, received, envelope)


async def on_fact(session: AsyncSession, event: Event, envelope: Envelope) -> None:
    await hear(session, event, envelope)


OWN = (OrderClosed, ProductionCancelled, StockReceived)
REACTIONS: tuple[Reaction, ...] = (
    react_to(ItemPublished, keeping("item")),
    react_to(SupplierPublished, keeping("supplier")),
    react_to(CustomerPublished, keeping("customer")),
    react_to(RatePublished, keeping("rate")),
    react_to(WorkCentreRated, keeping("centre")),
    react_to(OrderPriced, on_order_priced),
    react_to(OrderReleased, on_order_released),
    react_to(LotReleased, on_lot_released),
    react_to(OrderClosed, on_order_closed),
    react_to(ProductionCancelled, on_cancelled),
    react_to(StockReceived, on_stock_received),
    *(react_to(fact.event, on_fact) for fact in FACTS.values() if fact.event not in OWN),
)
