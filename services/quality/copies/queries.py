"""Looks at the copies."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.quality.copies.tables import ItemCopy
from shared.database import AsyncSession


async def items_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, ItemCopy]:
    """The items that are known here, by id."""
    rows = await session.execute(select(ItemCopy).where(col(ItemCopy.id).in_(set(ids))))
    return {item.id: item for item in rows.scalars()}
