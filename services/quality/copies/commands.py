"""Keeps the copies: an older version changes nothing."""

from sqlalchemy import text

from shared.contracts.masterdata.events import ItemPublished
from shared.database import AsyncSession

KEEP = text("""
INSERT INTO item_copy (id, version, code, name, inspect_incoming)
VALUES (:id, :version, :code, :name, :inspect_incoming)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, code = excluded.code,
  name = excluded.name, inspect_incoming = excluded.inspect_incoming
WHERE excluded.version > item_copy.version
""")


async def keep_item(session: AsyncSession, event: ItemPublished) -> None:
    names = {"id", "version", "code", "name", "inspect_incoming"}
    await session.execute(KEEP, event.model_dump(include=names))
