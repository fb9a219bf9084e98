"""Keeping copies: each takes over what is newer, in one statement, in any order."""

from typing import Any

from services.sales.copies.tables import Copied
from shared.contracts.base import Event
from shared.copies import keep_newer_rows
from shared.database import AsyncSession, table_of


async def keep_newer(session: AsyncSession, kind: type[Copied], event: Event, **keys: Any) -> None:
    """Take over the event's full state unless an equal or newer version stands.

    `keys` give the columns that the event names otherwise.
    """
    told = event.model_dump()
    columns = {column.name for column in table_of(kind).columns}
    row = {**keys, **{name: value for name, value in told.items() if name in columns}}
    await keep_newer_rows(session, kind, [row])
