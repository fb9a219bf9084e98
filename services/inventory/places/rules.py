"""Which place suits which goods. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.contracts.inventory.places import PlaceRow
from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound, Refused

STATUS_OF_QUALITY: Final = {
    "to_inspect": "to_inspect",
    "released": "released",
    "conceded": "released",
    "rejected": "rejected",
    "returned": "returned",
}
STANDARD_ZONES: Final = (
    ("RECV", "to_inspect", 2),
    ("STORE", "released", 0),  # 0: as many bins as asked for
    ("REJ", "rejected", 1),
    ("RET", "returned", 1),
)


class PlaceMissing(Conflict):
    title = Bilingual(
        "No bin stands ready for goods of this status and storage class",
        "没有符合该状态和储存条件的货位",
    )
    lifted_by = Bilingual(
        "Create a zone and a bin for them: POST /places, or POST /places/actions/standard",
        "请建立相应库区和货位：POST /places 或 POST /places/actions/standard",
    )


class BinUnknown(NotFound):
    title = Bilingual("There is no such bin", "没有此货位")


class BinUnsuited(Refused):
    title = Bilingual(
        "The bin is not made for goods of this status or storage class",
        "该货位的状态或储存条件不适合此货物",
    )
    lifted_by = Bilingual("Choose a bin of the class and status named", "请选择所列条件的货位")


class ZoneDiffers(Conflict):
    title = Bilingual(
        "The zone stands already with another status or storage class",
        "该库区已存在，且状态或储存条件不同",
    )
    lifted_by = Bilingual("Use another zone code", "请使用其他库区编码")


@dataclass(frozen=True, slots=True)
class Place:
    """A bin as the rules see it. `lots`: those asked about that lie in it; `filled`: any lot."""

    id: UUID
    code: str
    status: str
    storage_class: str
    lots: frozenset[UUID] = frozenset()
    filled: bool = False


def refuse_unsuited(status: str, storage_class: str, quality: str, item_class: str) -> None:
    """Goods go only where their class is kept and their status belongs (REQ-34)."""
    wanted = STATUS_OF_QUALITY[quality]
    if (status, storage_class) != (wanted, item_class):
        raise BinUnsuited(
            bin_status=status,
            bin_class=storage_class,
            needed_status=wanted,
            needed_class=item_class,
        )


def suggest(
    places: Sequence[Place], status: str, item_class: str, lot_id: UUID, taken: Iterable[UUID] = ()
) -> Place:
    """Where to put goods: with their own lot, else in an empty bin, else in the first by code.

    `taken`: bins that earlier suggestions of the same list fill. Raises PlaceMissing.
    """
    fitting = [p for p in places if (p.status, p.storage_class) == (status, item_class)]
    if not fitting:
        raise PlaceMissing(status=status, storage_class=item_class)
    full = set(taken)
    return min(
        fitting,
        key=lambda p: (lot_id not in p.lots, p.filled or bool(p.lots) or p.id in full, p.code),
    )


def standard_rows(code: str, storage_classes: Sequence[str], bins: int) -> Iterator[PlaceRow]:
    """One plain warehouse: a zone for each status, once per storage class."""
    for storage_class in storage_classes:
        suffix = "" if storage_class == "ambient" else f"-{storage_class.upper()}"
        for zone, status, fixed in STANDARD_ZONES:
            for number in range(1, (fixed or bins) + 1):
                yield PlaceRow.model_validate(
                    {
                        "warehouse_code": code,
                        "zone_code": f"{zone}{suffix}",
                        "status": status,
                        "storage_class": storage_class,
                        "bin_code": f"{code}-{zone}{suffix}-{number:02d}",
                    }
                )
