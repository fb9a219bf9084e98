"""Changes to approved sources; the terms and the price are told apart."""

from collections.abc import Sequence

from services.masterdata.items.tables import Item
from services.masterdata.masters.commands import Saved, by_code, save
from services.masterdata.masters.rules import refuse, unknown
from services.masterdata.sources.tables import Source
from services.masterdata.suppliers.tables import Supplier
from shared.contracts.masterdata.bodies import SourceBody, SourceShown
from shared.contracts.masterdata.events import SourcePriced, SourcePublished
from shared.database import AsyncSession
from shared.outbox import record


async def save_sources(session: AsyncSession, wishes: Sequence[SourceBody]) -> Saved[Source]:
    """Create or change sources by item and supplier."""
    items = await by_code(session, Item, {wish.item_code for wish in wishes})
    suppliers = await by_code(session, Supplier, {wish.supplier_code for wish in wishes})
    refuse(
        unknown("item_code", [wish.item_code for wish in wishes], items)
        + unknown("supplier_code", [wish.supplier_code for wish in wishes], suppliers)
    )
    rows = [
        {
            **wish.model_dump(exclude={"item_code", "supplier_code"}),
            "item_id": items[wish.item_code].id,
            "supplier_id": suppliers[wish.supplier_code].id,
        }
        for wish in wishes
    ]
    saved = await save(session, Source, ("item_id", "supplier_id"), rows)
    await tell_sources(session, saved.touched)
    return saved


async def describe_sources(_session: AsyncSession, rows: Sequence[Source]) -> list[SourceShown]:
    return [SourceShown.model_validate(row) for row in rows]


async def tell_sources(session: AsyncSession, rows: Sequence[Source]) -> None:
    for row in rows:
        record(session, SourcePublished.model_validate(row))
        record(session, SourcePriced.model_validate(row))
