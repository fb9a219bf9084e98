"""Others' records heard."""

from services.sales.copies.commands import keep_newer, keep_stock
from services.sales.copies.tables import (
    CertificateCopy,
    CreditCopy,
    CustomerCopy,
    ItemCopy,
    RateCopy,
)
from shared.contracts.base import Envelope
from shared.contracts.finance.events import CreditChanged
from shared.contracts.inventory.events import ItemAvailabilityChanged
from shared.contracts.masterdata.events import (
    CertificatePublished,
    CustomerPublished,
    ItemPublished,
    RatePublished,
)
from shared.database import AsyncSession
from shared.events import react_to


async def on_item(session: AsyncSession, event: ItemPublished, _envelope: Envelope) -> None:
    await keep_newer(session, ItemCopy, event)


async def on_customer(session: AsyncSession, event: CustomerPublished, _envelope: Envelope) -> None:
    await keep_newer(session, CustomerCopy, event)


async def on_certificate(
    session: AsyncSession, event: CertificatePublished, _envelope: Envelope
) -> None:
    await keep_newer(session, CertificateCopy, event)


async def on_rate(session: AsyncSession, event: RatePublished, _envelope: Envelope) -> None:
    await keep_newer(session, RateCopy, event)


async def on_stock(
    session: AsyncSession, event: ItemAvailabilityChanged, _envelope: Envelope
) -> None:
    await keep_stock(session, [event])


async def on_credit(session: AsyncSession, event: CreditChanged, _envelope: Envelope) -> None:
    await keep_newer(session, CreditCopy, event, id=event.customer_id)


REACTIONS = (
    react_to(ItemPublished, on_item),
    react_to(CustomerPublished, on_customer),
    react_to(CertificatePublished, on_certificate),
    react_to(RatePublished, on_rate),
    react_to(ItemAvailabilityChanged, on_stock, keep_stock, patient=True),
    react_to(CreditChanged, on_credit),
)
