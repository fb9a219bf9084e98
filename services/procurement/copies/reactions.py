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


async def keep_item(session: AsyncSession, event: ItemPublished, envelope: Envelope) -> None:
    await keep_newer(session, ItemCopy, envelope.companyid, event)


async def keep_supplier(
    session: AsyncSession, event: SupplierPublished, envelope: Envelope
) -> None:
    await keep_newer(session, SupplierCopy, envelope.companyid, event)


async def keep_source(session: AsyncSession, event: SourcePublished, envelope: Envelope) -> None:
    await keep_newer(session, SourceCopy, envelope.companyid, event)


async def keep_price(session: AsyncSession, event: SourcePriced, envelope: Envelope) -> None:
    await keep_newer(session, PriceCopy, envelope.companyid, event)


async def keep_rate(session: AsyncSession, event: RatePublished, envelope: Envelope) -> None:
    await keep_newer(session, RateCopy, envelope.companyid, event)


REACTIONS = (
    react_to(ItemPublished, keep_item),
    react_to(SupplierPublished, keep_supplier),
    react_to(SourcePublished, keep_source),
    react_to(SourcePriced, keep_price),
    react_to(RatePublished, keep_rate),
)
