"""Looking things up in copies, within the caller's company."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.sales.copies.rules import ItemNotKnown
from services.sales.copies.tables import CustomerCopy, ItemCopy
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


async def customers_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, CustomerCopy]:
    found = await session.execute(select(CustomerCopy).where(col(CustomerCopy.id).in_(set(ids))))
    return {customer.id: customer for customer in found.scalars()}
