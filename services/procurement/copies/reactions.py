"""Masterdata's events become copies."""

from services.procurement.copies.commands import keep_newer
from services.procurement.copies.tables import (
    ItemCopy,
    PriceCopy,
    RateCopy,
    SourceCopy,
    SupplierCopy,
)
from shared.contracts.base import Envelope
from shared.contracts.masterdata.events import (
    ItemPublished,
    RatePublished,
    SourcePriced,
    SourcePublished,
    SupplierPublished,
)
from shared.database import AsyncSession
from shared.events import react_to


async def keep_item(session: AsyncSession, event: ItemPublished, _: Envelope) -> None:
    await keep_newer(session, ItemCopy, event)


async def keep_supplier(session: AsyncSession, event: SupplierPublished, _: Envelope) -> None:
    await keep_newer(session, SupplierCopy, event)


async def keep_source(session: AsyncSession, event: SourcePublished, _: Envelope) -> None:
    await keep_newer(session, SourceCopy, event)


async def keep_price(session: AsyncSession, event: SourcePriced, _: Envelope) -> None:
    await keep_newer(session, PriceCopy, event)


async def keep_rate(session: AsyncSession, event: RatePublished, _: Envelope) -> None:
    await keep_newer(session, RateCopy, event)


REACTIONS = (
    react_to(ItemPublished, keep_item),
    react_to(SupplierPublished, keep_supplier),
    react_to(SourcePublished, keep_source),
    react_to(SourcePriced, keep_price),
    react_to(RatePublished, keep_rate),
)
