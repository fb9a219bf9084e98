"""Looking things up in copies, within the caller's company."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.production.copies.rules import ItemNotKnown, effective
from services.production.copies.tables import BomCopy, Dated, ItemCopy
from shared.database import AsyncSession
from shared.outbox import teller

D = TypeVar("D", bound=Dated)


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


async def all_items(session: AsyncSession) -> dict[UUID, ItemCopy]:
    company = teller(session).company_id
    found = await session.execute(select(ItemCopy).where(col(ItemCopy.company_id) == company))
    return {item.id: item for item in found.scalars()}


async def effective_boms(
    session: AsyncSession, day: date, item_ids: Collection[UUID] | None = None
) -> dict[UUID, BomCopy]:
    """The structure of each item on the day; of all items when none are named."""
    return await effective_by_item(session, BomCopy, day, item_ids)


async def effective_by_item(
    session: AsyncSession, kind: type[D], day: date, item_ids: Collection[UUID] | None
) -> dict[UUID, D]:
    wanted = select(kind).where(
        col(kind.company_id) == teller(session).company_id, col(kind.active)
    )
    if item_ids is not None:
        wanted = wanted.where(col(kind.item_id).in_(set(item_ids)))
    return effective_ones(list((await session.execute(wanted)).scalars()), day)


def effective_ones(rows: Sequence[D], day: date) -> dict[UUID, D]:
    """The revision of each item that holds on the day."""
    revisions: defaultdict[UUID, list[D]] = defaultdict(list)
    for row in rows:
        revisions[row.item_id].append(row)
    holding = {item_id: effective(known, day) for item_id, known in revisions.items()}
    return {item_id: row for item_id, row in holding.items() if row is not None}
