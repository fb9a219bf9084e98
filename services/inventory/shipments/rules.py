"""The life of a shipment, and what goes into it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound

ZERO = Decimal(0)
LIFECYCLE = Lifecycle(
    ("planned", "picked", "checked", "shipped", "cancelled"),
    Action(
        "pick", frozenset({"planned", "picked", "checked"}), "picked", "inventory.shipment.pick"
    ),
    Action(
        "check",
        frozenset({"picked"}),
        "checked",
        "inventory.shipment.check",
        not_by=("picked_by",),
    ),
    Action("dispatch", frozenset({"checked"}), "shipped", "inventory.shipment.dispatch"),
)


class ShipmentUnknown(NotFound):
    title = Bilingual("There is no such shipment", "没有此出库单")


class ShipmentDiffers(Conflict):
    title = Bilingual(
        "This shipment id already stands for something else", "此出库编号已用于其他内容"
    )
    lifted_by = Bilingual("Ask for a new delivery", "请以新的发货单提交")


class ShipmentCancelled(Conflict):
    title = Bilingual("This shipment was cancelled and stays so", "此出库单已取消，不可恢复")
    lifted_by = Bilingual("Ask for a new delivery", "请以新的发货单提交")


class ShipmentGone(Conflict):
    title = Bilingual("The goods have left the house", "货物已发出，不能取消")
    lifted_by = Bilingual("Open a customer return", "请办理销售退货")


class HeldTooLittle(Conflict):
    title = Bilingual("The order does not hold enough for this shipment", "订单预留不足，无法拣货")
    lifted_by = Bilingual(
        "Wait until the reservation is served, or ship less", "等待预留配齐，或减少发货数量"
    )


class PicksChanged(Conflict):
    title = Bilingual(
        "What was picked is not what is to be shipped any more", "已拣货物与应发数量不再一致"
    )
    lifted_by = Bilingual("Pick again", "请重新拣货")


@dataclass(frozen=True, slots=True)
class Packed:
    """What an order holds of a part in a bin; `claimed_by`: the shipment that packs it."""

    id: UUID
    line_id: UUID
    item_id: UUID
    part_id: UUID
    bin_id: UUID
    bin_code: str
    quantity: Decimal
    claimed_by: UUID | None
    lot_id: UUID
    lot_number: str
    serial: str
    quality: str
    blocks: list[str]
    usable_until: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """A pick of the order that is free for this shipment."""

    id: UUID
    line_id: UUID
    quantity: Decimal


def choose(wanted: Mapping[UUID, Decimal], held: Sequence[Held]) -> list[tuple[UUID, Decimal]]:
    """Which picks, and how much of each, fill the lines; in the order given (first expiring first).

    Raises HeldTooLittle.
    """
    chosen: list[tuple[UUID, Decimal]] = []
    missing = dict(wanted)
    for pick in held:
        given = min(missing.get(pick.line_id, ZERO), pick.quantity)
        if given > ZERO:
            chosen.append((pick.id, given))
            missing[pick.line_id] -= given
    if short := {line: left for line, left in missing.items() if left > ZERO}:
        raise HeldTooLittle(missing={str(line): left for line, left in short.items()})
    return chosen


def refuse_incomplete(wanted: Mapping[UUID, Decimal], packed: Iterable[Held]) -> None:
    """What is packed must be exactly what is asked for (REQ-71)."""
    found: dict[UUID, Decimal] = {}
    for pick in packed:
        found[pick.line_id] = found.get(pick.line_id, ZERO) + pick.quantity
    if found != dict(wanted):
        raise PicksChanged(
            wanted={str(line): quantity for line, quantity in wanted.items()},
            packed={str(line): quantity for line, quantity in found.items()},
        )
