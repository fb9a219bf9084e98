"""How made goods become parts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from shared.i18n import Bilingual
from shared.ids import derived_id
from shared.problems import Conflict, NotFound, Refused


class ReceiptDiffers(Conflict):
    title = Bilingual(
        "This production order was received with another content",
        "该生产订单已按不同内容入库",
    )
    lifted_by = Bilingual("Correct the stock with its own document", "请用单独的单据更正库存")


class ProductionReceiptUnknown(NotFound):
    title = Bilingual("This production order has not been received", "该生产订单尚未入库")


class SerialsDoNotFit(Refused):
    title = Bilingual(
        "A serial-tracked item needs one serial per piece, another item none",
        "按序列号管理的物料须每件一个序列号，其他物料不得带序列号",
    )


class ConcededTooMuch(Refused):
    title = Bilingual("More was conceded than made", "让步数量超过完工数量")


@dataclass(frozen=True, slots=True)
class Made:
    """One part to be received."""

    id: UUID
    serial: str
    quality: str
    quantity: Decimal


def parts_of(
    order_id: UUID, tracking: str, quantity: Decimal, serials: Sequence[str], conceded: Decimal
) -> list[Made]:
    """One part per serial, else one per quality; of serials the last ones are the conceded."""
    if conceded > quantity:
        raise ConcededTooMuch(quantity=quantity, conceded=conceded)
    if tracking == "serial":
        if len(set(serials)) != quantity or len(serials) != quantity:
            raise SerialsDoNotFit(quantity=quantity, serials=len(set(serials)))
        good = len(serials) - int(conceded)
        return [
            Made(
                derived_id(order_id, f"serial/{serial}"),
                serial,
                "released" if place < good else "conceded",
                Decimal(1),
            )
            for place, serial in enumerate(serials)
        ]
    if serials:
        raise SerialsDoNotFit(quantity=quantity, serials=len(serials))
    shares = (("released", quantity - conceded), ("conceded", conceded))
    return [
        Made(derived_id(order_id, quality), "", quality, share)
        for quality, share in shares
        if share > 0
    ]
