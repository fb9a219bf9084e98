"""What may leave the shelf for a line instead of what it holds. Pure.

The device master record decides: a line takes its own item, or a substitute that the order's
structure names for it, in the proportion that it names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from services.inventory.holdings.rules import Share, Substitute, Wish, stand_in
from services.inventory.moves.rules import Free, StockMissing
from shared.i18n import Bilingual
from shared.problems import Refused

ZERO = Decimal(0)


class LineUnknown(Refused):
    title = Bilingual("The order reserves no such line", "该订单的预留中没有此行")


class SubstituteNotAllowed(Refused):
    title = Bilingual(
        "The structure allows no such item on this line", "物料清单不允许该行使用此物料"
    )
    lifted_by = Bilingual(
        "Issue an item that is named, or release a structure that allows this one",
        "发放所列物料；或发布允许该替代料的物料清单",
    )


class DoesNotFit(Refused):
    title = Bilingual(
        "The quantity makes no whole steps of what the line takes",
        "该数量不能折算为该行所需的整数用量，或超过所需",
    )
    lifted_by = Bilingual("Issue as much as is named", "按所列数量发放")


Shelf = Mapping[tuple[UUID, UUID], Free]  # by part and bin


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is reserved: its wish for the whole quantity, and what it holds, in order."""

    wish: Wish
    held: Sequence[Share]


@dataclass(frozen=True, slots=True)
class Chosen:
    """So much of a part for a line, in units of the part's item."""

    line_id: UUID
    part_id: UUID
    item_id: UUID
    quantity: Decimal


def picked_anew(
    line: Line, chosen: Sequence[Chosen], shelf: Shelf, codes: Mapping[UUID, str]
) -> list[Share]:
    """What the line takes: what was chosen first, then what it held, until it is whole.

    `shelf`: what stands free of the parts chosen; what the line lets go is put there, and what it
    takes falls off. `codes` name items for people. Raises SubstituteNotAllowed, DoesNotFit,
    StockMissing.
    """
    for share in line.held:
        if free := shelf.get((share.of.part_id, share.of.bin_id)):
            free.quantity += share.quantity
    shares: list[Share] = []
    missing = line.wish.missing
    for item_id, some in groupby(sorted(chosen, key=lambda one: one.item_id), lambda c: c.item_id):
        pieces = [piece for one in some for piece in cut(shelf, one)]
        shares += taken_of(line.wish, item_id, missing, pieces, codes)
        missing = line.wish.missing - counted(shares)
    for share in line.held:
        kept = still_held(share, missing, shelf.get((share.of.part_id, share.of.bin_id)))
        shares += kept
        missing -= counted(kept)
    return shares


def taken_of(
    wish: Wish,
    item_id: UUID,
    missing: Decimal,
    pieces: Sequence[Free],
    codes: Mapping[UUID, str],
) -> list[Share]:
    """All that was chosen of one item, in one proportion."""
    quantity = sum((piece.quantity for piece in pieces), ZERO)
    if item_id == wish.item_id:
        refuse_unfit(wish, item_id, quantity, min(quantity, missing))
        return [Share(wish, piece, piece.quantity) for piece in pieces]
    by = allowed_by(wish, item_id, codes)
    refuse_unfit(wish, item_id, quantity, by.takes(min(by.covers(quantity), missing)))
    return stand_in(wish, by, missing, pieces)


def allowed_by(wish: Wish, item_id: UUID, codes: Mapping[UUID, str]) -> Substitute:
    """The substitute that the line names. Raises SubstituteNotAllowed with all it allows."""
    for by in wish.substitutes:
        if by.item_id == item_id:
            return by
    allowed = [wish.item_id, *(by.item_id for by in wish.substitutes)]
    raise SubstituteNotAllowed(
        line_id=wish.line_id,
        item=codes.get(item_id, str(item_id)),
        allowed=[codes.get(id, str(id)) for id in allowed],
    )


def refuse_unfit(wish: Wish, item_id: UUID, quantity: Decimal, fitting: Decimal) -> None:
    if quantity != fitting or quantity == ZERO:
        raise DoesNotFit(line_id=wish.line_id, item_id=item_id, quantity=quantity, fitting=fitting)


def cut(shelf: Shelf, one: Chosen) -> list[Free]:
    """So much of the part off the shelf, bin by bin. Raises StockMissing."""
    wanted = one.quantity
    pieces: list[Free] = []
    for (part_id, _), free in sorted(shelf.items()):
        given = min(free.quantity, wanted) if part_id == one.part_id else ZERO
        if given > ZERO:
            pieces.append(replace(free, quantity=given))
            free.quantity -= given
            wanted -= given
    if wanted > ZERO:
        raise StockMissing(part_ids=[one.part_id], wanted=one.quantity, missing=wanted)
    return pieces


def still_held(share: Share, missing: Decimal, shelf: Free | None) -> list[Share]:
    """What of a pick the line still needs, and still finds where some of its part was chosen."""
    there = share.quantity if shelf is None else min(share.quantity, shelf.quantity)
    serves: Decimal | None = None
    if share.serves is None:
        quantity = counts = min(missing, there)
    else:
        by = allowed_by(share.wish, share.of.item_id, {})
        whole = share.serves if there == share.quantity else by.covers(there)
        counts = serves = min(missing, whole, share.serves)
        quantity = min(by.takes(counts), there)
    if counts <= ZERO:
        return []
    if shelf is not None:
        shelf.quantity -= quantity
    return [replace(share, quantity=quantity, serves=serves)]


def counted(shares: Iterable[Share]) -> Decimal:
    """What shares serve of their lines, in units of the lines' own items."""
    return sum((share.counts for share in shares), ZERO)
