"""Keeping copies up to date, and looking things up in them."""

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.procurement.copies.rules import ItemUnknown
from services.procurement.copies.tables import Copied, ItemCopy
from shared.contracts.masterdata.events import Published
from shared.copies import keep_newer_rows
from shared.database import AsyncSession, table_of

Copy = TypeVar("Copy", bound=Copied)


async def keep_newer(session: AsyncSession, table: type[Copied], event: Published) -> None:
    """Take the event's state over unless a newer one stands: one statement, safe in any order."""
    columns = {column.name for column in table_of(table).columns}
    told = event.model_dump()
    await keep_newer_rows(session, table, [{n: v for n, v in told.items() if n in columns}])


async def items_by_id(
    session: AsyncSession, company_id: UUID, ids: Collection[UUID]
) -> dict[UUID, ItemCopy]:
    """The items behind ids. Raises ItemUnknown for those that have not been told here."""
    found = await session.execute(
        select(ItemCopy).where(
            col(ItemCopy.company_id) == company_id, col(ItemCopy.id).in_(set(ids))
        )
    )
    items = {item.id: item for item in found.scalars()}
    if missing := sorted(set(ids) - items.keys()):
        raise ItemUnknown(item_ids=missing)
    return items
