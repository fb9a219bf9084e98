"""The life, the money and the guards of a purchase order. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from shared.contracts.approvals import Facts, Stage, StageRule, stages_by
from shared.contracts.procurement.orders import STANDARD_TAX
from shared.decimals import cents
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle, Requirement
from shared.problems import Conflict, NotFound, Refused

FINANCE_LIMIT: Final = Decimal(10_000)  # gross, company currency: above it finance agrees too
BOARD_LIMIT: Final = Decimal(5_000_000)  # above it two people of finance agree
ASKED: Final = "procurement.order.approve"
ASKED_FINANCE: Final = "procurement.order.approve_finance"
# Finance steps in for an overdue purchasing stage only where it has no stage of its own to decide.
ALONE: Final = Stage("purchasing", ASKED, due_days=2, escalates_to=ASKED_FINANCE, grace_hours=4)
PURCHASING: Final = Stage("purchasing", ASKED, due_days=2)
FINANCE: Final = Stage("finance", ASKED_FINANCE, due_days=2)
FINANCE_TWICE: Final = Stage("finance", ASKED_FINANCE, quorum=2, due_days=3)
STAGE_RULES: Final = (
    StageRule(ALONE, up_to=FINANCE_LIMIT),
    StageRule(PURCHASING, above=FINANCE_LIMIT),
    StageRule(FINANCE, above=FINANCE_LIMIT, up_to=BOARD_LIMIT),
    StageRule(FINANCE_TWICE, above=BOARD_LIMIT),
)
UNISSUED: Final = frozenset({"draft", "submitted", "approved", "rejected", "withdrawn"})
RUNNING: Final = frozenset({"issued", "partially_received"})
NOTE: Final[frozenset[Requirement]] = frozenset({"note"})
HANDS: Final = ("created_by", "submitted_by")

LIFECYCLE: Final = Lifecycle(
    (
        "draft",
        "submitted",
        "approved",
        "rejected",
        "withdrawn",
        "issued",
        "partially_received",
        "received",
        "closed",
        "cancelled",
    ),
    Action(
        "submit",
        frozenset({"draft", "rejected", "withdrawn"}),
        "submitted",
        "procurement.order.submit",
    ),
    Action("withdraw", frozenset({"submitted"}), "withdrawn", "procurement.order.submit"),
    Action("approve", frozenset({"submitted"}), None, ASKED, not_by=HANDS, delegable=True),
    Action(
        "approve_finance",
        frozenset({"submitted"}),
        None,
        ASKED_FINANCE,
        not_by=HANDS,
        delegable=True,
    ),
    Action(
        "reject",
        frozenset({"submitted"}),
        "rejected",
        "procurement.order.reject",
        requires=NOTE,
        delegable=True,
    ),
    Action("issue", frozenset({"approved"}), "issued", "procurement.order.issue"),
    Action("cancel", UNISSUED | RUNNING, None, "procurement.order.cancel", requires=NOTE),
    Action(
        "close",
        frozenset({"received"}),
        "closed",
        "procurement.order.cancel",
    ),
)


class OrderUnknown(NotFound):
    title = Bilingual("There is no such purchase order", "没有此采购订单")


class LineUnknown(Refused):
    title = Bilingual("The order has no such line", "采购订单没有该行")


class OrderNotChangeable(Conflict):
    title = Bilingual("An issued order is not changed any more", "已下达的采购订单不可更改")
    lifted_by = Bilingual("Cancel what is still to come and order anew", "取消未到部分后另行下单")


class NotApprovedSource(Conflict):
    title = Bilingual(
        "The supplier is not an approved source of an item", "该供应商不是物料的合格货源"
    )
    lifted_by = Bilingual(
        "Master data staff can approve the source; or order elsewhere",
        "由主数据人员维护合格货源，或改向其他供应商采购",
    )


class SupplierNotQualified(Conflict):
    title = Bilingual("The supplier may not be ordered from today", "该供应商今日不可下达采购订单")
    lifted_by = Bilingual(
        "Quality can record a valid licence; or order elsewhere",
        "由质量人员登记有效资质，或改向其他供应商采购",
    )


class PriceMissing(Refused):
    title = Bilingual(
        "A line has no price and the source has none either", "行无价格且货源也没有价格"
    )


class QuantityTooFine(Refused):
    title = Bilingual("A quantity has more decimals than the item counts", "数量小数位超出物料设定")


@dataclass(frozen=True, slots=True)
class Peg:
    requisition_id: UUID
    quantity: Decimal
    demand_id: UUID | None


@dataclass(frozen=True, slots=True)
class DraftLine:
    item_id: UUID
    quantity: Decimal
    price: Decimal
    due_on: date
    tax_rate: Decimal = STANDARD_TAX
    choice: str = ""
    pegs: tuple[Peg, ...] = ()


def stages_for(gross: Decimal, rate: Decimal) -> tuple[Stage, ...]:
    """Purchasing always; finance as well above the limit in company currency."""
    return stages_by(STAGE_RULES, Facts(gross * rate))


def amounts(quantity: Decimal, price: Decimal, tax_rate: Decimal) -> dict[str, Decimal]:
    """A line's net, tax and gross, each rounded to the cent once."""
    net = cents(quantity * price)
    tax = cents(net * tax_rate)
    return {"net": net, "tax": tax, "gross": net + tax}


def totals(lines: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    zero = Decimal(0)
    return {name: sum((line[name] for line in lines), zero) for name in ("net", "tax", "gross")}


def too_fine(quantity: Decimal, decimals: int) -> bool:
    return quantity != round(quantity, decimals)


def state_after(opens: Sequence[Decimal], arrived: Decimal) -> str:
    """The headline of an issued order from what is still to come and what came."""
    if all(quantity <= 0 for quantity in opens):
        return "received" if arrived > 0 else "cancelled"
    return "partially_received" if arrived > 0 else "issued"


def fall_back(rest: Decimal, surplus: Decimal, pegs: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """How much each requisition gets back when `rest` of a line is cancelled.

    The surplus beyond all pegs falls away first, then the pegs from the last to the first.
    """
    left = max(Decimal(0), rest - max(surplus, Decimal(0)))
    back: dict[UUID, Decimal] = {}
    for id, quantity in reversed(list(pegs.items())):
        share = min(left, quantity)
        if share > 0:
            back[id] = share
            left -= share
    return back


def content(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What approvals are about: who gets how much for what."""
    head = {name: header[name] for name in ("id", "number", "supplier_id", "currency", "gross")}
    names = ("line", "item_id", "quantity", "price", "tax_rate", "due_on")
    return {**head, "lines": [{name: line[name] for name in names} for line in lines]}
