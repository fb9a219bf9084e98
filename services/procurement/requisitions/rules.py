"""The life of a requisition. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from shared.contracts.approvals import Stage
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound

OPEN: Final = frozenset({"approved", "partially_ordered"})
STAGES: Final = (Stage("requisition", "procurement.requisition.approve", due_days=2),)
LIFECYCLE: Final = Lifecycle(
    (
        "draft",
        "submitted",
        "approved",
        "rejected",
        "partially_ordered",
        "ordered",
        "closed",
        "cancelled",
    ),
    Action(
        "submit", frozenset({"draft", "rejected"}), "submitted", "procurement.requisition.submit"
    ),
    Action(
        "approve",
        frozenset({"submitted"}),
        "approved",
        "procurement.requisition.approve",
        not_by=("created_by", "submitted_by"),
        delegable=True,
    ),
    Action(
        "reject",
        frozenset({"submitted"}),
        "rejected",
        "procurement.requisition.approve",
        requires=frozenset({"note"}),
        delegable=True,
    ),
    Action(
        "cancel",
        frozenset({"draft", "submitted", "rejected", "approved"}),
        "cancelled",
        "procurement.requisition.cancel",
        requires=frozenset({"note"}),
    ),
    Action(
        "close",
        frozenset({"partially_ordered"}),
        "closed",
        "procurement.requisition.cancel",
        requires=frozenset({"note"}),
    ),
)


class RequisitionUnknown(NotFound):
    title = Bilingual("There is no such requisition", "没有此采购申请")


class RequisitionNotOpen(Conflict):
    title = Bilingual("The requisition is not open for ordering", "采购申请当前不可转为采购订单")
    lifted_by = Bilingual(
        "Have it approved, or order against another one", "先完成审批，或选择其他申请"
    )


class MoreThanOpen(Conflict):
    title = Bilingual("More would be ordered than is open", "转单数量超过未转数量")
    lifted_by = Bilingual("Ask for at most the open quantity", "数量不得超过未转数量")


def state_after(ordered: Decimal, quantity: Decimal) -> str:
    """The headline that follows from how much is ordered of an approved requisition."""
    if ordered == 0:
        return "approved"
    return "ordered" if ordered >= quantity else "partially_ordered"


def content(row: Mapping[str, Any]) -> dict[str, Any]:
    """What an approval is about."""
    return {
        name: row[name] for name in ("id", "number", "item_id", "quantity", "needed_on", "reason")
    }
