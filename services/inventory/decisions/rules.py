"""How a decision divides a part. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from services.inventory.moves.rules import StockMissing
from shared.i18n import Bilingual
from shared.problems import Conflict


class DecisionDiffers(Conflict):
    title = Bilingual(
        "The decision does not cover the quantity that arrived", "检验判定数量与到货数量不一致"
    )
    lifted_by = Bilingual(
        "Quality and warehouse compare the inspection with the arrival",
        "由质量与仓库人员核对检验单与到货单",
    )


class Division(NamedTuple):
    quality: str
    quantity: Decimal


class Standing(NamedTuple):
    """How much of a part stands in a bin."""

    bin_id: UUID
    quantity: Decimal


def divisions(
    quantity: Decimal, accepted: Decimal, conceded: Decimal, rejected: Decimal
) -> list[Division]:
    """The shares that are not empty; the first keeps the part, each other becomes a new one."""
    if accepted + conceded + rejected != quantity:
        raise DecisionDiffers(
            arrived=quantity, accepted=accepted, conceded=conceded, rejected=rejected
        )
    shares = (("released", accepted), ("conceded", conceded), ("rejected", rejected))
    return [Division(quality, share) for quality, share in shares if share > 0]


def taken_from(
    standing: Sequence[Standing], quantity: Decimal
) -> tuple[list[Standing], list[Standing]]:
    """From which bins a quantity is taken, last bin first, and what stays. Raises StockMissing."""
    taken: list[Standing] = []
    stays: list[Standing] = []
    missing = quantity
    for place in reversed(standing):
        given = min(place.quantity, missing)
        missing -= given
        if given > 0:
            taken.append(Standing(place.bin_id, given))
        if place.quantity > given:
            stays.insert(0, Standing(place.bin_id, place.quantity - given))
    if missing > 0:
        raise StockMissing(wanted=quantity, missing=missing)
    return taken, stays
