"""What the ledger takes. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from shared.i18n import Bilingual
from shared.problems import Conflict

ZERO = Decimal(0)


class StockMissing(Conflict):
    title = Bilingual("The quantity does not stand there", "该货位没有此数量的库存")
    lifted_by = Bilingual(
        "Look at GET /stock and move what is there and not held",
        "请查看 GET /stock，仅可移动现有且未被预留的数量",
    )


@dataclass(frozen=True, slots=True)
class Posting:
    """One line for the ledger.

    `freed` of the quantity was held in `from_bin` and is held no more; `carried` was held there
    and stays held in `to_bin`.
    """

    part_id: UUID
    item_id: UUID
    quantity: Decimal
    kind: str
    from_bin: UUID | None = None
    to_bin: UUID | None = None
    freed: Decimal = ZERO
    carried: Decimal = ZERO
    document_id: UUID | None = None
    document_number: str = ""


def held_along(quantity: Decimal, on_hand: Decimal, reserved: Decimal) -> Decimal:
    """How much of what is held goes along when `quantity` leaves a bin for another one.

    Whatever is free may go alone; the whole takes its reservations with it. Raises StockMissing.
    """
    if quantity == on_hand:
        return reserved
    if quantity > on_hand - reserved:
        raise StockMissing(wanted=quantity, on_hand=on_hand, reserved=reserved)
    return ZERO


@dataclass(slots=True)
class Free:
    """What of a usable part stands free in a bin; `quantity` falls as it is given away."""

    part_id: UUID
    bin_id: UUID
    item_id: UUID
    lot_id: UUID
    lot_number: str
    serial: str
    usable_until: date | None
    quantity: Decimal
