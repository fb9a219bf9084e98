"""Changes to items, each told in full."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.masterdata.items.rules import faults_of
from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import Saved, by_code, save
from services.masterdata.masters.rules import refuse, unknown
from services.masterdata.units.tables import Unit
from shared.contracts.masterdata.bodies import ItemBody
from shared.contracts.masterdata.events import ItemPublished
from shared.database import AsyncSession
from shared.outbox import record, teller


async def save_items(session: AsyncSession, wishes: Sequence[ItemBody]) -> Saved[Item]:
    """Create or change items by code. An empty certificate number leaves the link as it is."""
    units = await by_code(session, Unit, {wish.stock_unit for wish in wishes})
    decimals_of_units = {code: unit.decimals for code, unit in units.items()}
    faults = unknown("stock_unit", [wish.stock_unit for wish in wishes], decimals_of_units)
    for place, wish in enumerate(wishes):
        faults += faults_of(place, wish, decimals_of_units)
    refuse(faults)
    saved = await save(
        session, Item, ("code",), [content(wish, decimals_of_units) for wish in wishes]
    )
    await tell_items(session, saved.touched)
    return saved


def content(wish: ItemBody, decimals_of_units: Mapping[str, int]) -> dict[str, Any]:
    columns = wish.model_dump()
    if wish.decimals is None:
        columns["decimals"] = decimals_of_units[wish.stock_unit]
    if not wish.certificate_number:
        del columns["certificate_number"]
    return columns


async def link_certificates(
    session: AsyncSession, asked: Sequence[tuple[str, UUID, Sequence[Item]]]
) -> None:
    """Each certificate covers exactly its items: link them, and let go of those they lost.

    The items covered are locked. Of two certificates over one item the later one is linked.
    """
    if not asked:
        return
    found = await session.execute(
        select(Item)
        .where(
            col(Item.company_id) == teller(session).company_id,
            col(Item.certificate_id).in_([id for _, id, _ in asked]),
        )
        .order_by(col(Item.id))
        .with_for_update()
    )
    held = list(found.scalars())
    touched: dict[UUID, Item] = {}
    for number, id, items in asked:
        wanted = {item.id for item in items}
        for item in [one for one in held if one.certificate_id == id and one.id not in wanted]:
            item.certificate_id, item.certificate_number = None, ""
            touched[item.id] = item
        for item in [one for one in items if one.certificate_id != id]:
            item.certificate_id, item.certificate_number = id, number
            touched[item.id] = item
    for item in touched.values():
        item.version += 1
    await tell_items(session, list(touched.values()))


async def describe_items(_session: AsyncSession, rows: Sequence[Item]) -> list[ItemPublished]:
    return [ItemPublished.model_validate(row) for row in rows]


async def tell_items(session: AsyncSession, rows: Sequence[Item]) -> None:
    for event in await describe_items(session, rows):
        record(session, event)
