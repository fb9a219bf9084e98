"""Keeping names."""

from sqlalchemy.dialects.postgresql import insert

from services.analytics.copies.tables import Dimension
from shared.contracts.masterdata.events import (
    CustomerPublished,
    ItemPublished,
    SupplierPublished,
    WorkCentrePublished,
)
from shared.database import AsyncSession, table_of
from shared.outbox import teller

Named = ItemPublished | CustomerPublished | SupplierPublished | WorkCentrePublished


async def keep_dimension(session: AsyncSession, kind: str, master: Named) -> None:
    """Replace the name when this version is newer."""
    table = table_of(Dimension)
    values = master.model_dump(include={"id", "version", "code", "name"})
    fresh = insert(table).values(company_id=teller(session).company_id, kind=kind, **values)
    await session.execute(
        fresh.on_conflict_do_update(
            index_elements=[table.c.id],
            set_={name: fresh.excluded[name] for name in ("version", "code", "name")},
            where=table.c.version < fresh.excluded.version,
        )
    )
