"""The life of a supplier invoice, and what is refused. Pure."""

from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound

LIFECYCLE = Lifecycle(
    ("held", "posted", "paid", "rejected"),
    Action(
        "resolve",
        frozenset({"held"}),
        None,
        "finance.supplier_invoice.resolve",
        not_by=("created_by",),
        requires=frozenset({"note"}),
    ),
)


class InvoiceUnknown(NotFound):
    title = Bilingual("There is no such supplier invoice", "没有此供应商发票")


class InvoiceRecordedBefore(Conflict):
    title = Bilingual(
        "This number of this supplier has been recorded before", "该供应商的此发票号已登记"
    )
    lifted_by = Bilingual("Look at the invoice named", "请查看所列发票")
