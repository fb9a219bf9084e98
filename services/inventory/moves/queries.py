"""Stock as it stands, the ledger behind it, and the proof that both agree."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import Label, label, select, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel, col

from services.inventory.copies.tables import ItemCopy
from services.inventory.lots.tables import Lot, LotPart
from services.inventory.moves.tables import Balance, ItemBalance, Move
from services.inventory.places.tables import Bin
from shared.auth import Actor
from shared.contracts.inventory.stock import (
    AvailabilityShown,
    Difference,
    MoveShown,
    MovesPage,
)
from shared.database import AsyncSession
from shared.listing import Listing

READ_ONLY = registry()


def named(column: Any, name: str) -> Label[Any]:
    """A column under the name that the answer has for it."""
    return label(name, column)


@READ_ONLY.mapped
class StockLine:
    """What stands where: a reading of balances with their part, item and bin."""

    __table__ = (
        select(
            named(Balance.part_id, "id"),
            col(Balance.part_id),
            col(Balance.company_id),
            col(Balance.item_id),
            named(ItemCopy.code, "item_code"),
            named(ItemCopy.name, "item_name"),
            col(ItemCopy.stock_unit),
            col(LotPart.lot_id),
            col(LotPart.lot_number),
            col(Lot.maker_lot),
            col(LotPart.serial),
            col(LotPart.quality),
            col(LotPart.blocks),
            col(LotPart.usable_until),
            col(LotPart.version),
            col(Balance.bin_id),
            named(Bin.code, "bin_code"),
            named(Bin.status, "zone_status"),
            col(Balance.on_hand),
            col(Balance.reserved),
        )
        .join(LotPart, col(LotPart.id) == col(Balance.part_id))
        .join(Lot, col(Lot.id) == col(LotPart.lot_id))
        .join(Bin, col(Bin.id) == col(Balance.bin_id))
        .join(ItemCopy, col(ItemCopy.id) == col(Balance.item_id), isouter=True)
        .where(col(Balance.on_hand) > 0)
        .subquery("stock_line")
    )
    __mapper_args__: ClassVar[dict[str, Any]] = {
        "primary_key": [__table__.c.id, __table__.c.bin_id]
    }


STOCK = Listing(
    cast("type[SQLModel]", StockLine),
    {
        "item_id": "ref",
        "item_code": "in",
        "lot_number": "eq",
        "serial": "eq",
        "quality": "in",
        "bin_id": "ref",
        "bin_code": "in",
        "zone_status": "in",
        "usable_until": "range",
    },
    sort=("item_code", "lot_number", "bin_code", "usable_until"),
    search=("item_code", "item_name", "lot_number", "serial"),
    counts_by="quality",
)

# What covers a need, first expiring first: the CTE `need` (item_id, last_day, needed) says how much
# of each item must be usable until when, so of a thousand serials only those wanted are read out.
# A line takes from the lots that last long enough: within those, whatever others take is `needed`
# at most, so a sum up to `needed` per last day is enough for all.
FREE = """
SELECT DISTINCT f.part_id, f.bin_id, f.item_id, f.lot_id, f.lot_number, f.serial, f.usable_until,
       f.quantity
FROM need AS n CROSS JOIN LATERAL (
  SELECT b.part_id, b.bin_id, b.item_id, p.lot_id, p.lot_number, p.serial, p.usable_until,
         b.on_hand - b.reserved AS quantity,
         sum(b.on_hand - b.reserved) OVER (
           ORDER BY p.usable_until, b.part_id, b.bin_id ROWS UNBOUNDED PRECEDING
         ) AS so_far
  FROM balance b JOIN lot_part p ON p.id = b.part_id
  WHERE b.company_id = CAST(:company AS uuid) AND b.item_id = n.item_id AND b.on_hand > 0
    AND b.on_hand > b.reserved AND p.quality = ANY(CAST(:usable AS text[])) AND p.blocks = '{}'
    AND (p.usable_until IS NULL OR p.usable_until >= greatest(n.last_day, CAST(:day AS date)))
) AS f
WHERE f.so_far - f.quantity < n.needed
"""

RECONCILE = text("""
WITH ledger AS (
  SELECT part_id, bin_id, sum(quantity) AS quantity
  FROM (
    SELECT part_id, to_bin_id AS bin_id, quantity FROM move
    WHERE company_id = :company AND to_bin_id IS NOT NULL
    UNION ALL
    SELECT part_id, from_bin_id, -quantity FROM move
    WHERE company_id = :company AND from_bin_id IS NOT NULL
  ) AS half
  GROUP BY part_id, bin_id
)
SELECT COALESCE(l.part_id, b.part_id) AS part_id, COALESCE(l.bin_id, b.bin_id) AS bin_id,
       COALESCE(l.quantity, 0) AS ledger, COALESCE(b.on_hand, 0) AS balance
FROM ledger l
FULL JOIN (SELECT * FROM balance WHERE company_id = :company) AS b
  ON b.part_id = l.part_id AND b.bin_id = l.bin_id
WHERE COALESCE(l.quantity, 0) <> COALESCE(b.on_hand, 0)
ORDER BY 1, 2
""")


async def differences(session: AsyncSession, actor: Actor) -> list[Difference]:
    """Where the sums of the ledger and the balances part: must be nowhere."""
    rows = await session.execute(RECONCILE, {"company": actor.company_id})
    return [Difference.model_validate(dict(row)) for row in rows.mappings()]


async def availability(
    session: AsyncSession, actor: Actor, item_ids: Sequence[UUID]
) -> list[AvailabilityShown]:
    """How items stand over all places; items never stocked are left out."""
    rows = await session.execute(
        select(ItemBalance)
        .where(
            col(ItemBalance.company_id) == actor.company_id,
            col(ItemBalance.item_id).in_(item_ids),
        )
        .order_by(col(ItemBalance.item_id))
    )
    return [AvailabilityShown.model_validate(row) for row in rows.scalars()]


async def moves_page(
    session: AsyncSession,
    actor: Actor,
    *,
    item_id: UUID | None,
    part_id: UUID | None,
    document_id: UUID | None,
    cursor: UUID | None,
    size: int,
) -> MovesPage:
    """The ledger, newest first, from after `cursor` on."""
    wanted = select(Move).where(col(Move.company_id) == actor.company_id)
    for column, value in (
        (Move.item_id, item_id),
        (Move.part_id, part_id),
        (Move.document_id, document_id),
    ):
        if value is not None:
            wanted = wanted.where(col(column) == value)
    if cursor is not None:
        wanted = wanted.where(col(Move.id) < cursor)
    rows = await session.execute(wanted.order_by(col(Move.id).desc()).limit(size + 1))
    found = list(rows.scalars())
    items = tuple(MoveShown.model_validate(row) for row in found[:size])
    return MovesPage(items=items, next_cursor=items[-1].id if len(found) > size else None)
