"""Looking up masters' copies."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select

from services.inventory.copies.rules import ItemNotKnown
from services.inventory.copies.tables import ItemCopy
from shared.database import AsyncSession


async def items_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ItemCopy]:
    """The items by id. Raises ItemNotKnown when one has not been heard of yet."""
    rows = await session.exec(select(ItemCopy).where(col(ItemCopy.id).in_(set(ids))))
    found = {item.id: item for item in rows}
    if missing := set(ids) - found.keys():
        raise ItemNotKnown(item_ids=sorted(missing))
    return found
