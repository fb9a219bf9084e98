"""What quality hears of masterdata."""

from services.quality.copies.commands import keep_item, keep_partner
from shared.contracts.base import Envelope
from shared.contracts.masterdata.events import CustomerPublished, ItemPublished, SupplierPublished
from shared.database import AsyncSession
from shared.events import react_to


async def on_item(session: AsyncSession, event: ItemPublished, envelope: Envelope) -> None:
    assert envelope.type == ItemPublished.subject
    await keep_item(session, event)


async def on_supplier(session: AsyncSession, event: SupplierPublished, envelope: Envelope) -> None:
    assert envelope.type == SupplierPublished.subject
    await keep_partner(session, event)


async def on_customer(session: AsyncSession, event: CustomerPublished, envelope: Envelope) -> None:
    assert envelope.type == CustomerPublished.subject
    await keep_partner(session, event)


REACTIONS = (
    react_to(ItemPublished, on_item),
    react_to(SupplierPublished, on_supplier),
    react_to(CustomerPublished, on_customer),
)
