"""What may be delivered. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle, Requirement
from shared.problems import Conflict, NotFound, Refused

NOTED: Final[frozenset[Requirement]] = frozenset({"note"})
LIFECYCLE = Lifecycle(
    ("planned", "shipped", "closed", "cancelled"),
    Action("cancel", frozenset({"planned"}), "cancelled", "sales.delivery.cancel", requires=NOTED),
)


class DeliveryNotFound(NotFound):
    title = Bilingual("There is no such delivery", "没有此发货单")


class NothingToDeliver(Conflict):
    title = Bilingual("Everything of the order is on its way already", "该订单已全部发货或正在发货")
    lifted_by = Bilingual("Cancel an open delivery to plan it anew", "取消未发出的发货单后重新安排")


class MoreThanOrdered(Refused):
    title = Bilingual(
        "More would be delivered than is ordered and not yet on its way", "发货数量超过订单剩余数量"
    )


class LineUnknown(Refused):
    title = Bilingual("The order has no such line", "该订单没有此行")


def quantities(
    wanted: Mapping[UUID, Decimal], remaining: Mapping[UUID, Decimal]
) -> dict[UUID, Decimal]:
    """What goes out by order line: what is wanted, or all that remains when nothing is named."""
    if unknown := sorted(wanted.keys() - remaining.keys()):
        raise LineUnknown(lines=unknown, known=sorted(remaining))
    for line_id, quantity in wanted.items():
        if quantity > remaining[line_id]:
            raise MoreThanOrdered(line_id=line_id, wanted=quantity, remaining=remaining[line_id])
    going = dict(wanted) or {id: quantity for id, quantity in remaining.items() if quantity > 0}
    if not going:
        raise NothingToDeliver(lines=len(remaining))
    return going
