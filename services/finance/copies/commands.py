"""Keeping copies; each statement replaces older versions only, so order does not matter."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from services.finance.copies.tables import (
    CentreRateCopy,
    ItemCopy,
    PartnerCopy,
    ProductionOrderCopy,
    PurchaseLineCopy,
    RateCopy,
)
from shared.contracts.masterdata.events import Published
from shared.contracts.procurement.events import OrderPriced
from shared.copies import keep_newer_rows
from shared.database import AsyncSession, table_of
from shared.outbox import teller

Values = Mapping[str, Any]
MASTERS: dict[str, type[SQLModel]] = {
    "item": ItemCopy,
    "supplier": PartnerCopy,
    "customer": PartnerCopy,
    "rate": RateCopy,
    "centre": CentreRateCopy,
}


async def keep_master(session: AsyncSession, kind: str, master: Published) -> None:
    """Replace the copy of a master when this version is newer."""
    table = MASTERS[kind]
    columns = {column.name for column in table_of(table).columns} - {"company_id", "role"}
    row = {name: getattr(master, name) for name in columns}
    await keep_newer_rows(session, table, [row | ({"role": kind} if table is PartnerCopy else {})])


async def keep_purchase_lines(session: AsyncSession, order: OrderPriced, version: int) -> None:
    """`version` is the event's sequence: the order's own facts come in that order."""
    shared = order.model_dump(include={"order_id", "number", "supplier_id", "currency", "rate"})
    rows = [
        {
            **shared,
            **line.model_dump(exclude={"line_id"}),
            "id": line.line_id,
            "payment_days": order.payment_days,
            "version": version,
        }
        for line in order.lines
    ]
    await keep_newer_rows(session, PurchaseLineCopy, rows)


async def note_production(session: AsyncSession, order_id: UUID, known: Values) -> None:
    """Add to what is known of a production order."""
    table = table_of(ProductionOrderCopy)
    start = {"number": "", "cancelled": False, "closed": False, "completed": False}
    values = {"id": order_id, "company_id": teller(session).company_id, **start, **known}
    await session.execute(
        insert(table)
        .values(values)
        .on_conflict_do_update(index_elements=[table.c.id], set_=dict(known))
    )
