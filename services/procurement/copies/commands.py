"""Keeping copies up to date, and looking things up in them."""

from collections.abc import Collection
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.procurement.copies.rules import ItemUnknown
from services.procurement.copies.tables import Copied, ItemCopy
from shared.contracts.masterdata.events import Published
from shared.database import AsyncSession, table_of

Copy = TypeVar("Copy", bound=Copied)


async def keep_newer(
    session: AsyncSession, table: type[Copied], company_id: UUID, event: Published
) -> None:
    """Take the event's state over unless a newer one stands: one statement, safe in any order."""
    target = table_of(table)
    told: dict[str, Any] = event.model_dump(mode="python")
    if "qualifications" in told:
        told = event.model_dump(mode="json") | {"id": event.id}
    values = {name: told[name] for name in map(str, target.c.keys()) if name in told}
    values["company_id"] = company_id
    fresh = insert(target).values(values)
    await session.execute(
        fresh.on_conflict_do_update(
            index_elements=["id"],
            set_={name: fresh.excluded[name] for name in values if name != "id"},
            where=target.c.version < fresh.excluded.version,
        )
    )


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
