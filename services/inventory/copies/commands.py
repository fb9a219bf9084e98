"""Keeping copies of masters."""

from sqlalchemy.dialects.postgresql import insert

from services.inventory.copies.tables import ItemCopy
from shared.contracts.masterdata.events import ItemPublished
from shared.database import AsyncSession, table_of
from shared.outbox import teller


async def keep_item(session: AsyncSession, item: ItemPublished) -> None:
    """Replace the copy when this version is newer; an older or equal one changes nothing."""
    table = table_of(ItemCopy)
    values = {
        column.name: getattr(item, column.name)
        for column in table.columns
        if column.name != "company_id"
    }
    fresh = insert(table).values(company_id=teller(session).company_id, **values)
    await session.execute(
        fresh.on_conflict_do_update(
            index_elements=[table.c.id],
            set_={name: fresh.excluded[name] for name in values if name != "id"},
            where=table.c.version < fresh.excluded.version,
        )
    )
