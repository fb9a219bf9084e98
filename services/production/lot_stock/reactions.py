"""Inventory's moves heard, by lot part."""

from services.production.lot_stock.commands import (
    add_received,
    add_returned,
    add_split,
    keep_quality,
    take_issued,
    take_sent_back,
)
from shared.contracts.base import Envelope
from shared.contracts.inventory.events import (
    IssueReturned,
    LotPartSplit,
    PartQualityChanged,
    ShipmentDispatched,
    StockIssued,
    StockReceived,
    SupplierReturnDispatched,
)
from shared.database import AsyncSession
from shared.events import react_to


async def on_received(session: AsyncSession, event: StockReceived, envelope: Envelope) -> None:
    await add_received(session, event, envelope.sequence)


async def on_split(session: AsyncSession, event: LotPartSplit, envelope: Envelope) -> None:
    await add_split(session, event, envelope.sequence)


async def on_quality(session: AsyncSession, event: PartQualityChanged, envelope: Envelope) -> None:
    await keep_quality(session, event, envelope.sequence)


async def on_issued(session: AsyncSession, event: StockIssued, _envelope: Envelope) -> None:
    await take_issued(session, (event,))


async def on_shipped(session: AsyncSession, event: ShipmentDispatched, _envelope: Envelope) -> None:
    await take_issued(session, (event,))


async def on_returned(session: AsyncSession, event: IssueReturned, _envelope: Envelope) -> None:
    await add_returned(session, event)


async def on_sent_back(
    session: AsyncSession, event: SupplierReturnDispatched, _envelope: Envelope
) -> None:
    await take_sent_back(session, event)


REACTIONS = (
    react_to(StockReceived, on_received, patient=True),
    react_to(LotPartSplit, on_split, patient=True),
    react_to(PartQualityChanged, on_quality, patient=True),
    react_to(StockIssued, on_issued, take_issued, patient=True),
    react_to(ShipmentDispatched, on_shipped, take_issued, patient=True),
    react_to(IssueReturned, on_returned, patient=True),
    react_to(SupplierReturnDispatched, on_sent_back, patient=True),
)
