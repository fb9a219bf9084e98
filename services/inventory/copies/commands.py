"""Keeping copies of masters."""

from services.inventory.copies.tables import ItemCopy
from shared.contracts.masterdata.events import ItemPublished
from shared.copies import keep_newer_rows
from shared.database import AsyncSession, table_of


async def keep_item(session: AsyncSession, item: ItemPublished) -> None:
    """Replace the copy when this version is newer; an older or equal one changes nothing."""
    values = {
        column.name: getattr(item, column.name)
        for column in table_of(ItemCopy).columns
        if column.name != "company_id"
    }
    await keep_newer_rows(session, ItemCopy, [values])
