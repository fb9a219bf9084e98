"""Keeps the copies: an older version changes nothing."""

from sqlalchemy import text

from shared.contracts.masterdata.events import CustomerPublished, ItemPublished, SupplierPublished
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


KEEP_PARTNER = text("""
INSERT INTO partner_copy (id, version, code, name) VALUES (:id, :version, :code, :name)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, code = excluded.code,
  name = excluded.name
WHERE excluded.version > partner_copy.version
""")


async def keep_partner(session: AsyncSession, event: SupplierPublished | CustomerPublished) -> None:
    names = {"id", "version", "code", "name"}
    await session.execute(KEEP_PARTNER, event.model_dump(include=names))
