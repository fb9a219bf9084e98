"""Keeping copies: each takes over what is newer, in one statement, in any order."""

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB, insert

from services.sales.copies.tables import Copied
from shared.contracts.base import Event
from shared.database import AsyncSession, table_of
from shared.outbox import teller


async def keep_newer(session: AsyncSession, kind: type[Copied], event: Event, **keys: Any) -> None:
    """Take over the event's full state unless an equal or newer version stands.

    `keys` give the columns that the event names otherwise.
    """
    plain, encoded = event.model_dump(), event.model_dump(mode="json")
    table = table_of(kind)
    row: dict[str, Any] = {"company_id": teller(session).company_id, **keys}
    for column in table.columns:
        if column.name in plain:
            told = encoded if isinstance(column.type, JSONB) else plain
            row[column.name] = told[column.name]
    fresh = insert(table).values(row)
    taken = {name: fresh.excluded[name] for name in row if name != "id"}
    newer = table.c.version < fresh.excluded.version
    await session.execute(
        fresh.on_conflict_do_update(index_elements=["id"], set_=taken, where=newer)
    )
