"""Keeping copies: each takes over what is newer, in one statement, in any order."""

from collections.abc import Sequence
from typing import Any

from services.sales.copies.tables import Copied, StockCopy
from shared.contracts.base import Event
from shared.contracts.inventory.events import ItemAvailabilityChanged
from shared.copies import keep_newer_rows, newest
from shared.database import AsyncSession, table_of


async def keep_newer(session: AsyncSession, kind: type[Copied], event: Event, **keys: Any) -> None:
    """Take over the event's full state unless an equal or newer version stands.

    `keys` give the columns that the event names otherwise.
    """
    told = event.model_dump()
    columns = {column.name for column in table_of(kind).columns}
    row = {**keys, **{name: value for name, value in told.items() if name in columns}}
    await keep_newer_rows(session, kind, [row])


async def keep_stock(session: AsyncSession, events: Sequence[ItemAvailabilityChanged]) -> None:
    """Take over how items stand, however many in one statement."""
    rows = [{"id": id, **one.model_dump(exclude={"item_id"})} for id, one in newest(events)]
    await keep_newer_rows(session, StockCopy, rows)
