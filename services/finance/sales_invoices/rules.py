"""The life of a sales invoice: only what was shipped is invoiced (REQ-77). Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from services.finance.posting_rules.rules import Entry
from services.finance.valuation.rules import ZERO
from shared.contracts.finance.invoices import RequestInvoice
from shared.decimals import cents
from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound, Refused

LIFECYCLE = Lifecycle(
    ("awaiting_shipment", "draft", "posted", "paid", "cancelled"),
    Action("post", frozenset({"draft"}), "posted", "finance.sales_invoice.post"),
)
WITHDRAWABLE = frozenset({"awaiting_shipment", "draft", "cancelled"})


class SalesInvoiceUnknown(NotFound):
    title = Bilingual("There is no such sales invoice", "没有此销售发票")


class SalesInvoiceDiffers(Conflict):
    title = Bilingual(
        "This delivery has been asked to be invoiced with another content",
        "此发货单已按其他内容申请开票",
    )
    lifted_by = Bilingual("Ask with the first content", "请按首次内容申请")


class SalesInvoiceWithdrawn(Conflict):
    title = Bilingual("The request for this invoice was withdrawn", "此开票申请已撤回")
    lifted_by = Bilingual("Ship and invoice under a new delivery", "请以新的发货单重新开票")


class SalesInvoicePosted(Conflict):
    title = Bilingual("A posted invoice cannot be withdrawn", "已过账的发票不能撤回")
    lifted_by = Bilingual("A credit note corrects it", "请以红字发票更正")


class InvoicedBeyondShipped(Refused):
    title = Bilingual("More is to be invoiced than was shipped", "开票数量超过已发货数量")
    lifted_by = Bilingual("Sales asks again with what was shipped", "由销售按实际发货数量重新申请")


@dataclass(frozen=True, slots=True)
class Priced:
    """One invoice line with its amounts, invoice currency and company currency."""

    line: int
    order_line_id: UUID
    item_id: UUID
    quantity: Decimal
    price: Decimal
    tax_rate: Decimal
    rate: Decimal

    @property
    def net(self) -> Decimal:
        return cents(self.quantity * self.price)

    @property
    def tax(self) -> Decimal:
        return cents(self.net * self.tax_rate)

    @property
    def net_base(self) -> Decimal:
        return cents(self.net * self.rate)

    @property
    def tax_base(self) -> Decimal:
        return cents(self.tax * self.rate)


def priced_lines(wish: RequestInvoice) -> list[Priced]:
    return [Priced(n, **line.model_dump(), rate=wish.rate) for n, line in enumerate(wish.lines, 1)]


def covered(lines: Iterable[Priced], shipped: Mapping[UUID, Decimal]) -> bool:
    """True when every order line's invoiced quantity has left the house."""
    return not beyond(lines, shipped)


def beyond(lines: Iterable[Priced], shipped: Mapping[UUID, Decimal]) -> list[UUID]:
    wanted: dict[UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        wanted[line.order_line_id] += line.quantity
    return [line for line, quantity in wanted.items() if quantity > shipped.get(line, ZERO)]


def revenue_entries(
    lines: Iterable[Priced], customer_id: UUID, order_id: UUID, currency: str, rate: Decimal
) -> list[Entry]:
    """Net by line; tax and gross once."""
    listed = list(lines)
    net, tax = sum((one.net for one in listed), ZERO), sum((one.tax for one in listed), ZERO)
    net_base = sum((one.net_base for one in listed), ZERO)
    tax_base = sum((one.tax_base for one in listed), ZERO)
    entries = [
        Entry(
            {"net": one.net_base},
            partner_id=customer_id,
            item_id=one.item_id,
            order_id=order_id,
            line_id=one.order_line_id,
            quantity=one.quantity,
            currency=currency,
            rate=rate,
            foreign={"net": one.net},
        )
        for one in listed
    ]
    header = Entry(
        {"tax": tax_base, "gross": net_base + tax_base},
        partner_id=customer_id,
        currency=currency,
        rate=rate,
        foreign={"tax": tax, "gross": net + tax},
    )
    return [*entries, header]
