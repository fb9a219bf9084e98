"""Parts are blocked, freed again, and locked the day after their last usable day."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy import TextClause, text

from services.inventory.blocks.rules import with_block, without_block
from services.inventory.holdings.commands import MAY_SERVE, withdraw
from services.inventory.lots.rules import PartUnknown
from services.inventory.moves.commands import lock_items_of, locking
from services.inventory.reservations.commands import restock
from shared.clock import Clock
from shared.contracts.inventory.events import PartQualityChanged
from shared.contracts.inventory.stock import BlockPart
from shared.database import AsyncSession
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.outbox import Teller, record, teller
from shared.session import now

# The parts' items, and all that may serve the lines which hold something of the parts.
LOCK_PARTS = locking(f"""
SELECT item_id FROM lot_part WHERE id = ANY(CAST(:ids AS uuid[])) AND company_id = :company
UNION
{MAY_SERVE} WHERE company_id = :company AND (reservation_id, line_id) IN (
  SELECT reservation_id, line_id FROM reservation_pick
  WHERE part_id = ANY(CAST(:ids AS uuid[])) AND state = 'held'
)""")  # noqa: S608 - put together of constants
PART = text("""
SELECT p.id, p.company_id, p.item_id, p.lot_number, p.quality, p.blocks, p.version,
       (SELECT coalesce(sum(on_hand), 0) FROM balance WHERE part_id = p.id) AS quantity
FROM lot_part p WHERE p.id = :id AND p.company_id = :company FOR UPDATE OF p
""")
BLOCK = text("""
WITH placed AS (
  INSERT INTO part_block (id, company_id, part_id, kind, reason, placed_by, placed_at)
  VALUES (:block, :company, :id, :kind, :reason, :by, :at)
)
UPDATE lot_part SET blocks = CAST(:blocks AS text[]), version = version + 1 WHERE id = :id
""")
UNBLOCK = text("""
WITH lifted AS (
  UPDATE part_block SET lifted_by = :by, lifted_reason = :reason, lifted_at = :at
  WHERE part_id = :id AND kind = :kind AND lifted_at IS NULL
)
UPDATE lot_part SET blocks = CAST(:blocks AS text[]), version = version + 1 WHERE id = :id
""")

LAPSED = text("""
SELECT company_id, id FROM lot_part
WHERE NOT expired AND usable_until < :day
ORDER BY company_id, item_id, id
""")

EXPIRE = text("""
UPDATE lot_part SET expired = true, version = version + 1
WHERE id = ANY(CAST(:ids AS uuid[])) AND NOT expired
""")


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it stands under its lock; `quantity` on hand."""

    id: UUID
    company_id: UUID
    item_id: UUID
    lot_number: str
    quality: str
    blocks: list[str]
    version: int
    quantity: Decimal


async def block_part(session: AsyncSession, id: UUID, wish: BlockPart) -> tuple[Part, Decimal]:
    """Nobody may use the part from this commit on; what was held of it is served elsewhere.

    Returns the part and the quantity that was held.
    """
    part, items = await lock_part(session, id, wish.version)
    blocks = with_block(part.blocks, wish.kind)
    part = await mark(session, BLOCK, part, blocks, wish)
    withdrawn = await withdraw(session, [id])
    tell(session, part)
    await restock(session, items)
    return part, withdrawn


async def unblock_part(session: AsyncSession, id: UUID, wish: BlockPart) -> Part:
    """Lift one block; the part serves again when no other stands on it."""
    part, items = await lock_part(session, id, wish.version)
    part = await mark(session, UNBLOCK, part, without_block(part.blocks, wish.kind), wish)
    tell(session, part)
    await restock(session, items)
    return part


async def mark(
    session: AsyncSession, statement: TextClause, part: Part, blocks: list[str], wish: BlockPart
) -> Part:
    """Write the blocks that stand now, and who placed or lifted one."""
    written = {
        "id": part.id,
        "company": part.company_id,
        "blocks": blocks,
        "block": new_id(),
        "kind": wish.kind,
        "reason": wish.reason,
        "by": teller(session).actor,
        "at": now(session),
    }
    await session.execute(statement, written)
    return replace(part, blocks=blocks, version=part.version + 1)


async def lock_part(session: AsyncSession, id: UUID, version: int) -> tuple[Part, Collection[UUID]]:
    """The part at the version that was seen, its item locked first, and whatever may replace it."""
    items = await lock_items_of(session, LOCK_PARTS, ids=[id])
    asked = {"id": id, "company": teller(session).company_id}
    row = (await session.execute(PART, asked)).mappings().one_or_none()
    if row is None:
        raise PartUnknown(id=id)
    expect_version(version, row["version"])
    return Part(**row), items


def tell(session: AsyncSession, part: Part) -> None:
    record(
        session,
        PartQualityChanged.model_validate(
            {
                "part_id": part.id,
                "lot_number": part.lot_number,
                "item_id": part.item_id,
                "quantity": part.quantity,
                "quality": part.quality,
                "blocks": part.blocks,
            }
        ),
    )


async def expire_parts(session: AsyncSession, clock: Clock) -> None:
    """The day's job: lock what passed its last usable day, also when it was held (REQ-31)."""
    lapsed = (await session.execute(LAPSED, {"day": clock.today()})).all()
    job = teller(session)
    for company in dict.fromkeys(row.company_id for row in lapsed):
        session.info["teller"] = Teller(job.context, job.actor, company)
        mine = [row.id for row in lapsed if row.company_id == company]
        items = await lock_items_of(session, LOCK_PARTS, ids=mine)
        await session.execute(EXPIRE, {"ids": mine})
        await withdraw(session, mine)
        await restock(session, items)
    session.info["teller"] = job
