"""Keeping names."""

from services.analytics.copies.tables import Dimension
from shared.contracts.masterdata.events import (
    CustomerPublished,
    ItemPublished,
    SupplierPublished,
    WorkCentrePublished,
)
from shared.copies import keep_newer_rows
from shared.database import AsyncSession

Named = ItemPublished | CustomerPublished | SupplierPublished | WorkCentrePublished


async def keep_dimension(session: AsyncSession, kind: str, master: Named) -> None:
    """Replace the name when this version is newer."""
    values = master.model_dump(include={"id", "version", "code", "name"})
    await keep_newer_rows(session, Dimension, [{"kind": kind, **values}])
