"""Which goods go back. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.inventory.lots.rules import USABLE
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound

LIFECYCLE = Lifecycle(
    ("open", "dispatched"),
    Action("dispatch", frozenset({"open"}), "dispatched", "inventory.supplier_return.dispatch"),
)
ORDER: Final = {"rejected": 0, "conceded": 1, "released": 2}  # what goes back first


class SupplierReturnUnknown(NotFound):
    title = Bilingual("There is no such return to a supplier", "没有此采购退货单")


class NotEnoughToReturn(Conflict):
    title = Bilingual(
        "Not so much of this arrival stands rejected or free", "该到货批次可退数量不足"
    )
    lifted_by = Bilingual(
        "Release what is held of it, or order a smaller return", "释放相关预留，或减少退货数量"
    )


@dataclass(frozen=True, slots=True)
class Returnable:
    """What of an arrival line's parts stands free in a bin."""

    part_id: UUID
    bin_id: UUID
    lot_number: str
    quality: str
    quantity: Decimal

    @property
    def accepted(self) -> bool:
        return self.quality in USABLE


def going_back(wanted: Decimal, standing: Iterable[Returnable]) -> list[tuple[Returnable, Decimal]]:
    """Rejected goods first, then conceded, then released. Raises NotEnoughToReturn."""
    fit = [one for one in standing if one.quality in ORDER and one.quantity > 0]
    chosen: list[tuple[Returnable, Decimal]] = []
    missing = wanted
    for one in sorted(fit, key=lambda one: (ORDER[one.quality], one.part_id, one.bin_id)):
        given = min(missing, one.quantity)
        if given > 0:
            chosen.append((one, given))
            missing -= given
    if missing > 0:
        raise NotEnoughToReturn(wanted=wanted, missing=missing)
    return chosen


def what_stays(
    standing: Iterable[Returnable], gone: Sequence[tuple[Returnable, Decimal]]
) -> list[Returnable]:
    """What still stands when so much of it went back."""
    taken = {(one.part_id, one.bin_id): quantity for one, quantity in gone}
    return [
        replace(one, quantity=one.quantity - taken.get((one.part_id, one.bin_id), Decimal(0)))
        for one in standing
    ]
