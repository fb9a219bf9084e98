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


async def link_certificate(
    session: AsyncSession, number: str, certificate_id: UUID, items: Sequence[Item]
) -> None:
    """The certificate covers exactly these items: link them, and let go of those it lost."""
    held = await session.execute(
        select(Item)
        .where(
            col(Item.company_id) == teller(session).company_id,
            col(Item.certificate_id) == certificate_id,
        )
        .order_by(col(Item.id))
        .with_for_update()
    )
    wanted = {item.id for item in items}
    lost = [item for item in held.scalars() if item.id not in wanted]
    for item in lost:
        item.certificate_id, item.certificate_number = None, ""
    gained = [item for item in items if item.certificate_id != certificate_id]
    for item in gained:
        item.certificate_id, item.certificate_number = certificate_id, number
    for item in (*lost, *gained):
        item.version += 1
    await tell_items(session, [*lost, *gained])


async def describe_items(_session: AsyncSession, rows: Sequence[Item]) -> list[ItemPublished]:
    return [ItemPublished.model_validate(row) for row in rows]


async def tell_items(session: AsyncSession, rows: Sequence[Item]) -> None:
    for event in await describe_items(session, rows):
        record(session, event)
