"""The life of a payment: proposed by one, approved by others, executed. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from shared.contracts.approvals import Facts, Stage, StageRule, stages_by
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound

TWO_PEOPLE_ABOVE: Final = Decimal(1_000_000)  # company currency
AGREE: Final = "finance.payment.approve"
STAGES: Final = (
    StageRule(Stage("payment", AGREE, due_days=1), up_to=TWO_PEOPLE_ABOVE),
    StageRule(Stage("payment", AGREE, quorum=2, due_days=1), above=TWO_PEOPLE_ABOVE),
)
LIFECYCLE = Lifecycle(
    ("proposed", "approved", "executed", "cancelled"),
    Action(
        "approve",
        frozenset({"proposed"}),
        "approved",
        AGREE,
        not_by=("created_by",),
        delegable=True,
    ),
    Action(
        "reject",
        frozenset({"proposed"}),
        "cancelled",
        AGREE,
        requires=frozenset({"note"}),
        delegable=True,
    ),
    Action("execute", frozenset({"approved"}), "executed", "finance.payment.execute"),
    Action(
        "cancel",
        frozenset({"proposed", "approved"}),
        "cancelled",
        "finance.payment.cancel",
        requires=frozenset({"note"}),
    ),
)


def stages_for(amount: Decimal) -> tuple[Stage, ...]:
    """Who must agree to a payment of so much in company currency."""
    return stages_by(STAGES, Facts(amount))


def content(
    number: str, supplier_id: UUID, currency: str, lines: Iterable[tuple[UUID, Decimal]]
) -> Mapping[str, Any]:
    """What an approval is about: whom, and exactly which items with how much."""
    items = [{"invoice_id": str(id), "amount": amount} for id, amount in sorted(lines)]
    return {"number": number, "supplier_id": supplier_id, "currency": currency, "items": items}


class PaymentUnknown(NotFound):
    title = Bilingual("There is no such payment", "没有此付款单")


class NothingToPay(Conflict):
    title = Bilingual(
        "Nothing of this supplier is due and free to be paid", "该供应商没有可付的款项"
    )
    lifted_by = Bilingual(
        "Name invoices, or a later day until which they are due", "指定发票，或选择更晚的到期日"
    )
