"""Adding up lot parts: quantities are differences, status goes by the newest event."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.bulk import rows_json
from shared.contracts.inventory.events import (
    IssueReturned,
    LotPartSplit,
    PartQualityChanged,
    Pick,
    ShipmentDispatched,
    StockIssued,
    StockReceived,
    SupplierReturnDispatched,
)
from shared.database import AsyncSession
from shared.outbox import teller

# Events come in any order: what is not told keeps what stands, quantities add.
ADD = text("""
INSERT INTO lot_stock AS stands
  (company_id, part_id, lot_id, item_id, quantity, usable_until, quality, blocked, told)
SELECT CAST(:company AS uuid), part_id, coalesce(lot_id, part_id), item_id, quantity, usable_until,
       coalesce(quality, ''), coalesce(blocked, false), told
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
  part_id uuid, lot_id uuid, item_id uuid, quantity numeric, usable_until date, quality text,
  blocked boolean, told int)
ORDER BY part_id
ON CONFLICT (part_id) DO UPDATE SET
  quantity = stands.quantity + excluded.quantity,
  lot_id = CASE WHEN excluded.lot_id = excluded.part_id THEN stands.lot_id ELSE excluded.lot_id END,
  usable_until = coalesce(excluded.usable_until, stands.usable_until),
  quality = CASE WHEN excluded.told > stands.told THEN excluded.quality ELSE stands.quality END,
  blocked = CASE WHEN excluded.told > stands.told THEN excluded.blocked ELSE stands.blocked END,
  told = greatest(excluded.told, stands.told)
""")


async def add_received(session: AsyncSession, event: StockReceived, sequence: int) -> None:
    told: dict[str, Any] = {"quality": event.quality, "told": sequence}
    told["usable_until"] = event.usable_until
    await add(session, [row(event.part_id, event.lot_id, event.item_id, event.quantity, **told)])


async def add_split(session: AsyncSession, event: LotPartSplit, sequence: int) -> None:
    """A part of a part: what the new one has, the old one has no more."""
    lot, item = event.lot_id, event.item_id
    told: dict[str, Any] = {"quality": event.quality, "told": sequence}
    fresh = row(event.part_id, lot, item, event.quantity, **told)
    await add(session, [fresh, row(event.from_part_id, lot, item, -event.quantity)])


async def keep_quality(session: AsyncSession, event: PartQualityChanged, sequence: int) -> None:
    told: dict[str, Any] = {
        "quality": event.quality,
        "blocked": bool(event.blocks),
        "told": sequence,
    }
    await add(session, [row(event.part_id, None, event.item_id, Decimal(0), **told)])


async def take_issued(
    session: AsyncSession, events: Sequence[StockIssued | ShipmentDispatched]
) -> None:
    await add_picks(session, (pick for event in events for pick in event.picks), -1)


async def add_returned(session: AsyncSession, event: IssueReturned) -> None:
    await add_picks(session, event.picks, 1)


async def take_sent_back(session: AsyncSession, event: SupplierReturnDispatched) -> None:
    await add(session, [row(event.part_id, None, event.item_id, -event.quantity)])


async def add_picks(session: AsyncSession, picks: Iterable[Pick], sign: int) -> None:
    """Picks of one part are one row: a statement may touch a row once."""
    parts: dict[UUID, dict[str, Any]] = {}
    for pick in picks:
        fresh = row(pick.part_id, pick.lot_id, pick.item_id, Decimal(0))
        parts.setdefault(pick.part_id, fresh)["quantity"] += sign * pick.quantity
    await add(session, list(parts.values()))


def row(
    part_id: UUID,
    lot_id: UUID | None,
    item_id: UUID,
    quantity: Decimal,
    *,
    usable_until: date | None = None,
    quality: str | None = None,
    blocked: bool | None = None,
    told: int = 0,
) -> dict[str, Any]:
    return {
        "part_id": part_id,
        "lot_id": lot_id,
        "item_id": item_id,
        "quantity": quantity,
        "usable_until": usable_until,
        "quality": quality,
        "blocked": blocked,
        "told": told,
    }


async def add(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    if rows:
        given = {"company": teller(session).company_id, "rows": rows_json(rows)}
        await session.execute(ADD, given)
