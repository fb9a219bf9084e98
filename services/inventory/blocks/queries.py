"""Lots with their parts, as people ask for them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.inventory.blocks.rules import BLOCK, UNBLOCK
from shared.auth import Actor
from shared.contracts.inventory.stock import LotShown, PartShown
from shared.database import AsyncSession

LOTS_MAX = 100

LOTS = text("""
SELECT l.id AS lot_id, l.item_id, c.code AS item_code, l.number, l.maker_lot,
       l.usable_until AS lot_usable_until,
       p.id, p.serial, p.quality, p.blocks, p.usable_until, p.source, p.document_id, p.line_id,
       p.version, COALESCE(s.on_hand, 0) AS on_hand, COALESCE(s.reserved, 0) AS reserved
FROM (
  SELECT * FROM lot x
  WHERE x.company_id = :company
    AND (CAST(:number AS text) IS NULL OR x.number = :number)
    AND (CAST(:item AS uuid) IS NULL OR x.item_id = :item)
    AND (CAST(:serial AS text) IS NULL
         OR x.id IN (SELECT lot_id FROM lot_part WHERE serial = :serial))
  ORDER BY x.number, x.id LIMIT :most
) AS l
JOIN lot_part p ON p.lot_id = l.id AND (CAST(:serial AS text) IS NULL OR p.serial = :serial)
LEFT JOIN item_copy c ON c.id = l.item_id
LEFT JOIN (
  SELECT part_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved FROM balance GROUP BY part_id
) AS s ON s.part_id = p.id
ORDER BY l.number, l.id, p.id
""")


async def lots(
    session: AsyncSession,
    actor: Actor,
    *,
    number: str | None,
    serial: str | None,
    item_id: UUID | None,
) -> list[LotShown]:
    """Lots by printed number, serial or item, each with the state of its parts."""
    asked = {
        "company": actor.company_id,
        "number": number,
        "serial": serial,
        "item": item_id,
        "most": LOTS_MAX,
    }
    found: dict[UUID, list[Any]] = {}
    for row in (await session.execute(LOTS, asked)).mappings():
        found.setdefault(row["lot_id"], []).append(row)
    return [lot_of(rows, actor) for rows in found.values()]


def lot_of(rows: Sequence[Any], actor: Actor) -> LotShown:
    first = rows[0]
    return LotShown(
        id=first["lot_id"],
        item_id=first["item_id"],
        item_code=first["item_code"],
        number=first["number"],
        maker_lot=first["maker_lot"],
        usable_until=first["lot_usable_until"],
        parts=tuple(
            PartShown.model_validate({**row, "allowed_actions": actions(row["blocks"], actor)})
            for row in rows
        ),
    )


def actions(blocks: Sequence[str], actor: Actor) -> list[str]:
    block = ["block"] if actor.may(BLOCK) else []
    return block + (["unblock"] if blocks and actor.may(UNBLOCK) else [])
