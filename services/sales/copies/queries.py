"""Looking things up in copies, within the caller's company."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.sales.copies.rules import HOME_CURRENCY, CustomerNotKnown, ItemNotKnown, RateMissing
from services.sales.copies.tables import (
    CertificateCopy,
    CustomerCopy,
    ItemCopy,
    RateCopy,
    StockCopy,
)
from shared.database import AsyncSession


async def items_by_id(
    session: AsyncSession, company_id: UUID, ids: Collection[UUID]
) -> dict[UUID, ItemCopy]:
    """The items behind ids. Raises ItemNotKnown for those that have not been told here."""
    found = await session.execute(
        select(ItemCopy).where(
            col(ItemCopy.company_id) == company_id, col(ItemCopy.id).in_(set(ids))
        )
    )
    items = {item.id: item for item in found.scalars()}
    if missing := sorted(set(ids) - items.keys()):
        raise ItemNotKnown(item_ids=missing)
    return items


async def customer_by_id(
    session: AsyncSession, company_id: UUID, id: UUID, *, lock: bool = False
) -> CustomerCopy:
    """The customer; locked where its credit is decided, so that two orders cannot both fit."""
    customer = await session.get(CustomerCopy, id, with_for_update=lock or None)
    if customer is None or customer.company_id != company_id:
        raise CustomerNotKnown(customer_id=id)
    return customer


async def customers_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, CustomerCopy]:
    found = await session.execute(select(CustomerCopy).where(col(CustomerCopy.id).in_(set(ids))))
    return {customer.id: customer for customer in found.scalars()}


async def certificates(session: AsyncSession, company_id: UUID) -> list[CertificateCopy]:
    """All certificates of the company: a maker has tens of them."""
    found = await session.execute(
        select(CertificateCopy).where(
            col(CertificateCopy.company_id) == company_id, col(CertificateCopy.active)
        )
    )
    return list(found.scalars())


async def rate_on(session: AsyncSession, company_id: UUID, currency: str, day: date) -> Decimal:
    """The latest rate up to the day; the company's own currency is 1."""
    if currency == HOME_CURRENCY:
        return Decimal(1)
    found = await session.execute(
        select(col(RateCopy.rate))
        .where(
            col(RateCopy.company_id) == company_id,
            col(RateCopy.currency) == currency,
            col(RateCopy.day) <= day,
            col(RateCopy.active),
        )
        .order_by(col(RateCopy.day).desc())
        .limit(1)
    )
    rate = found.scalar_one_or_none()
    if rate is None:
        raise RateMissing(currency=currency, day=day)
    return rate


async def free_stock(
    session: AsyncSession, company_id: UUID, ids: Collection[UUID]
) -> dict[UUID, Decimal]:
    """Usable less reserved, by item; what was never in stock is absent."""
    found = await session.execute(
        select(StockCopy).where(
            col(StockCopy.company_id) == company_id, col(StockCopy.id).in_(set(ids))
        )
    )
    return {stock.id: stock.usable - stock.reserved for stock in found.scalars()}
