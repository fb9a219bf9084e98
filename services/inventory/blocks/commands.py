"""Parts are blocked, freed again, and locked the day after their last usable day."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from services.inventory.blocks.rules import with_block, without_block
from services.inventory.holdings.commands import withdraw
from services.inventory.lots.rules import PartUnknown
from services.inventory.lots.tables import LotPart, PartBlock
from services.inventory.moves.commands import lock_items
from services.inventory.reservations.commands import restock
from shared.clock import Clock
from shared.contracts.inventory.events import PartQualityChanged
from shared.contracts.inventory.stock import BlockPart
from shared.database import AsyncSession
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.outbox import Teller, record, teller
from shared.session import now

ON_HAND = text("SELECT COALESCE(sum(on_hand), 0) FROM balance WHERE part_id = :part")

LAPSED = text("""
SELECT company_id, id, item_id FROM lot_part
WHERE NOT expired AND usable_until < :day
ORDER BY company_id, item_id, id
""")

EXPIRE = text("""
UPDATE lot_part SET expired = true, version = version + 1
WHERE id = ANY(CAST(:ids AS uuid[])) AND NOT expired
""")


async def block_part(session: AsyncSession, id: UUID, wish: BlockPart) -> tuple[LotPart, Decimal]:
    """Nobody may use the part from this commit on; what was held of it is served elsewhere.

    Returns the part and the quantity that was held.
    """
    part = await lock_part(session, id, wish.version)
    part.blocks = with_block(part.blocks, wish.kind)
    part.version += 1
    session.add(
        PartBlock(
            id=new_id(),
            company_id=part.company_id,
            part_id=id,
            kind=wish.kind,
            reason=wish.reason,
            placed_by=teller(session).actor,
            placed_at=now(session),
        )
    )
    await session.flush()
    withdrawn = await withdraw(session, [id])
    await tell(session, part)
    await restock(session, [part.item_id])
    return part, withdrawn


async def unblock_part(session: AsyncSession, id: UUID, wish: BlockPart) -> LotPart:
    """Lift one block; the part serves again when no other stands on it."""
    part = await lock_part(session, id, wish.version)
    part.blocks = without_block(part.blocks, wish.kind)
    part.version += 1
    rows = await session.exec(
        select(PartBlock).where(
            col(PartBlock.part_id) == id,
            col(PartBlock.kind) == wish.kind,
            col(PartBlock.lifted_at).is_(None),
        )
    )
    standing = rows.one()
    standing.lifted_by, standing.lifted_reason = teller(session).actor, wish.reason
    standing.lifted_at = now(session)
    await session.flush()
    await tell(session, part)
    await restock(session, [part.item_id])
    return part


async def lock_part(session: AsyncSession, id: UUID, version: int) -> LotPart:
    """The part at the version that was seen, its item locked first."""
    found = await session.exec(
        select(col(LotPart.item_id)).where(
            col(LotPart.id) == id, col(LotPart.company_id) == teller(session).company_id
        )
    )
    item_id = found.one_or_none()
    if item_id is None:
        raise PartUnknown(id=id)
    await lock_items(session, [item_id])
    part = await session.get_one(LotPart, id, with_for_update=True)
    expect_version(version, part.version)
    return part


async def tell(session: AsyncSession, part: LotPart) -> None:
    record(
        session,
        PartQualityChanged.model_validate(
            {
                "part_id": part.id,
                "lot_number": part.lot_number,
                "item_id": part.item_id,
                "quantity": (await session.execute(ON_HAND, {"part": part.id})).scalar_one(),
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
        mine = [row for row in lapsed if row.company_id == company]
        items = {row.item_id for row in mine}
        await lock_items(session, items)
        await session.execute(EXPIRE, {"ids": [row.id for row in mine]})
        await withdraw(session, [row.id for row in mine])
        await restock(session, items)
    session.info["teller"] = job
