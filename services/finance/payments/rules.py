"""The life of a payment: proposed by one, approved by another, executed. Pure."""

from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound

LIFECYCLE = Lifecycle(
    ("proposed", "approved", "executed", "cancelled"),
    Action(
        "approve",
        frozenset({"proposed"}),
        "approved",
        "finance.payment.approve",
        not_by=("created_by",),
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


class PaymentUnknown(NotFound):
    title = Bilingual("There is no such payment", "没有此付款单")


class NothingToPay(Conflict):
    title = Bilingual(
        "Nothing of this supplier is due and free to be paid", "该供应商没有可付的款项"
    )
    lifted_by = Bilingual(
        "Name invoices, or a later day until which they are due", "指定发票，或选择更晚的到期日"
    )
