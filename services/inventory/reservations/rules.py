"""Which lots serve a claim, and who is served first. Pure: no clock, no database, no HTTP."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.inventory.holdings.rules import Share, Wish, stand_in
from services.inventory.moves.rules import Free
from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound

ZERO = Decimal(0)


class ReservationUnknown(NotFound):
    title = Bilingual("There is no such reservation", "没有此预留")


class ReservationDiffers(Conflict):
    title = Bilingual(
        "This reservation id already stands for something else", "此预留编号已用于其他内容"
    )
    lifted_by = Bilingual("Release it and reserve under a new id", "释放后以新的编号重新预留")


class ReservationReleased(Conflict):
    title = Bilingual("This reservation was released and stays so", "此预留已释放，不可恢复")
    lifted_by = Bilingual("Reserve under a new id", "以新的编号重新预留")


class ReservationTaken(Conflict):
    title = Bilingual(
        "Stock of this reservation has left the shelf already", "此预留的库存已发出，不能释放"
    )
    lifted_by = Bilingual(
        "The warehouse takes the material back with POST /issue-returns",
        "由仓库通过 POST /issue-returns 退料",
    )


class ReservationWaiting(Conflict):
    title = Bilingual("The reservation still waits for stock", "预留尚未配齐，仍在等待库存")
    lifted_by = Bilingual(
        "Wait until stock is released, or release another reservation of the item",
        "等待库存放行，或释放该物料的其他预留",
    )


def in_line(wishes: Iterable[Wish]) -> list[Wish]:
    """Who is served first: the earlier needed day, then the earlier asked."""
    return sorted(wishes, key=lambda w: (w.needed_on, w.asked_at, w.reservation_id, w.line_id))


def allot(wishes: Sequence[Wish], stock: Iterable[Free], today: date) -> list[Share]:
    """Give each line in turn from the lots that expire first (FEFO); what lacks goes on waiting.

    Lots without expiry come last, and equal dates go by age of the part, so the same stock always
    gives the same shares. A lot must be usable on the needed day and so long after as agreed.
    Substitutes serve what is still short, in their order, after everybody was served of the item
    itself: who needs an item comes before those that it stands in for.
    """
    shelves: dict[UUID, list[Free]] = {}
    for free in sorted(stock, key=lambda f: (f.usable_until or date.max, f.part_id, f.bin_id)):
        shelves.setdefault(free.item_id, []).append(free)
    shares: list[Share] = []
    for wish in wishes:
        missing = wish.missing
        for free in lasting(shelves, wish.item_id, wish.last_day(today)):
            if missing == ZERO:
                break
            given = min(missing, free.quantity)
            shares.append(Share(wish, free, given))
            free.quantity -= given
            missing -= given
    short = shortage(wishes, shares)
    for wish in wishes:
        missing = short.get(wish.line_id, ZERO)
        for by in wish.substitutes if missing > ZERO else ():
            shelf = lasting(shelves, by.item_id, wish.last_day(today))
            found = stand_in(wish, by, missing, shelf)
            shares += found
            missing -= sum((share.counts for share in found), ZERO)
    return shares


def lasting(shelves: Mapping[UUID, Sequence[Free]], item_id: UUID, last_day: date) -> list[Free]:
    """What of an item stands free and is usable until the day, in order of expiry."""
    return [
        free
        for free in shelves.get(item_id, ())
        if free.quantity > ZERO and (free.usable_until or date.max) >= last_day
    ]


def shortage(wishes: Iterable[Wish], shares: Iterable[Share]) -> dict[UUID, Decimal]:
    """What each line still lacks after the shares, by line; whole lines are left out."""
    left = {wish.line_id: wish.missing for wish in wishes}
    for share in shares:
        left[share.wish.line_id] -= share.counts
    return {line: missing for line, missing in left.items() if missing > ZERO}
