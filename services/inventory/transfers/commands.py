"""Stock goes from bin to bin; over all places nothing changes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.inventory.holdings.commands import follow
from services.inventory.lots.rules import PartUnknown
from services.inventory.moves.commands import lock_items_of, locking, post
from services.inventory.moves.rules import Posting, StockMissing, held_along
from services.inventory.places.rules import BinUnknown, refuse_unsuited
from services.inventory.transfers.rules import refuse_pointless
from shared.contracts.inventory.stock import TransferLine, TransferStock
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller

LOCK_PARTS = locking(
    "SELECT item_id FROM lot_part WHERE id = ANY(CAST(:parts AS uuid[])) AND company_id = :company"
)

# Each line, in the order given, with its part, what stands where it comes from, and its target.
LINES = text("""
SELECT p.item_id, p.quality, i.storage_class, s.on_hand, s.reserved, b.status AS target_status,
       b.storage_class AS target_class
FROM unnest(CAST(:parts AS uuid[]), CAST(:froms AS uuid[]), CAST(:tos AS uuid[]))
  WITH ORDINALITY AS l (part_id, from_bin, to_bin, place)
LEFT JOIN lot_part p ON p.id = l.part_id AND p.company_id = :company
LEFT JOIN item_copy i ON i.id = p.item_id
LEFT JOIN balance s ON s.part_id = p.id AND s.bin_id = l.from_bin
LEFT JOIN bin b ON b.id = l.to_bin AND b.company_id = :company AND b.active
ORDER BY l.place
""")


async def transfer(session: AsyncSession, wish: TransferStock) -> UUID:
    """Move lines from bin to bin, however many in the same few statements.

    What stands free may go; a whole part takes its reservations along. Returns the moves' document.
    """
    refuse_pointless((x.part_id, x.from_bin_id, x.to_bin_id) for x in wish.lines)
    asked = {
        "company": teller(session).company_id,
        "parts": [line.part_id for line in wish.lines],
        "froms": [line.from_bin_id for line in wish.lines],
        "tos": [line.to_bin_id for line in wish.lines],
    }
    await lock_items_of(session, LOCK_PARTS, parts=asked["parts"])
    rows = (await session.execute(LINES, asked)).mappings().all()
    refuse_unknown(wish, rows)

    document = new_id()
    postings = [
        posting_of(document, wish.reason, line, stood)
        for line, stood in zip(wish.lines, rows, strict=True)
    ]
    await post(session, postings)
    moved = zip(wish.lines, postings, strict=True)
    await follow(
        session, [(x.part_id, x.from_bin_id, x.to_bin_id) for x, done in moved if done.carried]
    )
    return document


def refuse_unknown(wish: TransferStock, rows: Sequence[RowMapping]) -> None:
    """Parts first, then targets: each problem names all that it is about."""
    found = list(zip(wish.lines, rows, strict=True))
    if missing := {line.part_id for line, row in found if row["item_id"] is None}:
        raise PartUnknown(part_ids=sorted(missing))
    if missing := {line.to_bin_id for line, row in found if row["target_status"] is None}:
        raise BinUnknown(bin_ids=sorted(missing))


def posting_of(document: UUID, reason: str, line: TransferLine, stood: RowMapping) -> Posting:
    if stood["on_hand"] is None:
        raise StockMissing(part_id=line.part_id, bin_id=line.from_bin_id, wanted=line.quantity)
    refuse_unsuited(
        stood["target_status"], stood["target_class"], stood["quality"], stood["storage_class"]
    )
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
