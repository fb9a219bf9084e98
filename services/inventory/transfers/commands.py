"""Stock goes from bin to bin; over all places nothing changes."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping, select, tuple_
from sqlmodel import col

from services.inventory.copies.tables import ItemCopy
from services.inventory.holdings.commands import follow
from services.inventory.lots.rules import PartUnknown
from services.inventory.lots.tables import LotPart
from services.inventory.moves.commands import lock_items, post
from services.inventory.moves.rules import Posting, StockMissing, held_along
from services.inventory.moves.tables import Balance
from services.inventory.places.queries import bins_of
from services.inventory.places.rules import refuse_unsuited
from services.inventory.places.tables import Bin
from services.inventory.transfers.rules import refuse_pointless
from shared.contracts.inventory.stock import TransferLine, TransferStock
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller


async def transfer(session: AsyncSession, wish: TransferStock) -> UUID:
    """Move lines from bin to bin, however many in the same few statements.

    What stands free may go; a whole part takes its reservations along. Returns the moves' document.
    """
    refuse_pointless((x.part_id, x.from_bin_id, x.to_bin_id) for x in wish.lines)
    await lock_items(session, await items_behind(session, {x.part_id for x in wish.lines}))
    standing = await standing_of(session, wish)
    bins = await bins_of(session, {line.to_bin_id for line in wish.lines})

    document = new_id()
    postings = [
        posting_of(document, wish.reason, line, standing, bins[line.to_bin_id])
        for line in wish.lines
    ]
    await post(session, postings)
    moved = zip(wish.lines, postings, strict=True)
    await follow(
        session, [(x.part_id, x.from_bin_id, x.to_bin_id) for x, done in moved if done.carried]
    )
    return document


def posting_of(
    document: UUID,
    reason: str,
    line: TransferLine,
    standing: Mapping[tuple[UUID, UUID], RowMapping],
    target: Bin,
) -> Posting:
    stood = standing.get((line.part_id, line.from_bin_id))
    if stood is None:
        raise StockMissing(part_id=line.part_id, bin_id=line.from_bin_id, wanted=line.quantity)
    refuse_unsuited(target.status, target.storage_class, stood["quality"], stood["storage_class"])
    return Posting(
        line.part_id,
        stood["item_id"],
        line.quantity,
        "transfer",
        from_bin=line.from_bin_id,
        to_bin=line.to_bin_id,
        carried=held_along(line.quantity, stood["on_hand"], stood["reserved"]),
        document_id=document,
        document_number=reason[:60],
    )


async def items_behind(session: AsyncSession, part_ids: set[UUID]) -> set[UUID]:
    """The parts' items. Raises PartUnknown."""
    rows = await session.execute(
        select(col(LotPart.id), col(LotPart.item_id)).where(
            col(LotPart.id).in_(part_ids), col(LotPart.company_id) == teller(session).company_id
        )
    )
    found: dict[UUID, UUID] = {row.id: row.item_id for row in rows}
    if missing := part_ids - found.keys():
        raise PartUnknown(part_ids=sorted(missing))
    return set(found.values())


async def standing_of(
    session: AsyncSession, wish: TransferStock
) -> dict[tuple[UUID, UUID], RowMapping]:
    """What stands where the lines come from, by part and bin. The items are locked."""
    wanted = [(line.part_id, line.from_bin_id) for line in wish.lines]
    rows = await session.execute(
        select(
            col(Balance.part_id),
            col(Balance.bin_id),
            col(Balance.item_id),
            col(Balance.on_hand),
            col(Balance.reserved),
            col(LotPart.quality),
            col(ItemCopy.storage_class),
        )
        .join(LotPart, col(LotPart.id) == col(Balance.part_id))
        .join(ItemCopy, col(ItemCopy.id) == col(Balance.item_id))
        .where(tuple_(col(Balance.part_id), col(Balance.bin_id)).in_(wanted))
    )
    return {(row["part_id"], row["bin_id"]): row for row in rows.mappings()}
