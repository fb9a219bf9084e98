"""Looking up masters' copies."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from services.inventory.copies.rules import ItemNotKnown
from services.inventory.copies.tables import ItemCopy
from shared.database import AsyncSession


async def items_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ItemCopy]:
    """The items by id. Raises ItemNotKnown when one has not been heard of yet."""
    return (await items_with(session, set(ids)))[0]


async def items_with(
    session: AsyncSession, ids: Collection[UUID], *columns: ColumnElement[Any]
) -> tuple[dict[UUID, ItemCopy], list[Any]]:
    """The items, and the values of these columns, in one statement. Raises ItemNotKnown."""
    rows = (
        await session.execute(select(ItemCopy, *columns).where(col(ItemCopy.id).in_(ids)))
    ).all()
    found = {row[0].id: row[0] for row in rows}
    refuse_unknown(ids, found)
    return found, list(rows[0][1:])


def refuse_unknown(ids: Collection[UUID], found: Mapping[UUID, ItemCopy]) -> None:
    if missing := set(ids) - found.keys():
        raise ItemNotKnown(item_ids=sorted(missing))
