"""Three-way match by quantity and by price apart (B10, REQ-28). Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.finance.valuation.rules import ZERO, share
from shared.contracts.finance.supplier_invoices import Difference
from shared.decimals import cents, plain
from shared.i18n import Bilingual
from shared.problems import Conflict

TOLERANCE_SHARE = Decimal("0.005")  # of the line's net at the order's price
TOLERANCE_AMOUNT = Decimal("1.00")  # invoice currency, per line


class QuantityNotPayable(Conflict):
    title = Bilingual(
        "Only what was accepted and not yet invoiced is payable", "只能支付已验收且未开票的数量"
    )
    lifted_by = Bilingual(
        "Wait until the goods are accepted, or reject the invoice",
        "待货物验收后再办理，或拒收发票",
    )


@dataclass(frozen=True, slots=True)
class Invoiced:
    """One invoice line as printed."""

    line: int
    order_line_id: UUID
    quantity: Decimal
    price: Decimal
    tax_rate: Decimal

    @property
    def net(self) -> Decimal:
        return cents(self.quantity * self.price)

    @property
    def tax(self) -> Decimal:
        return cents(self.net * self.tax_rate)


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was agreed for an order line."""

    item_id: UUID
    supplier_id: UUID
    currency: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Receipt:
    """What of one arrival line is accepted and not invoiced yet."""

    id: UUID
    arrival_id: UUID
    order_line_id: UUID
    accepted_on: date
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    line: int
    receipt: Receipt
    quantity: Decimal
    accrued: Decimal


def differences(
    supplier_id: UUID,
    currency: str,
    lines: Sequence[Invoiced],
    ordered: Mapping[UUID, Ordered],
    receipts: Iterable[Receipt],
) -> list[Difference]:
    """Everything that keeps the invoice from being paid, line by line; empty: it matches."""
    left: dict[UUID, Decimal] = defaultdict(Decimal)
    for receipt in receipts:
        left[receipt.order_line_id] += max(receipt.quantity, ZERO)
    found: list[Difference] = []
    for line in lines:
        order = ordered.get(line.order_line_id)
        if order is None:
            found.append(difference(line.line, "order", str(line.order_line_id), "-"))
            continue
        if order.supplier_id != supplier_id:
            found.append(
                difference(line.line, "supplier", str(supplier_id), str(order.supplier_id))
            )
        if order.currency != currency:
            found.append(difference(line.line, "currency", currency, order.currency))
        elif not price_agrees(line, order.price):
            found.append(difference(line.line, "price", plain(line.price), plain(order.price)))
        if line.quantity > left[line.order_line_id]:
            payable = plain(left[line.order_line_id])
            found.append(difference(line.line, "quantity", plain(line.quantity), payable))
        left[line.order_line_id] -= line.quantity
    return found


def price_agrees(line: Invoiced, price: Decimal) -> bool:
    """Both directions count: a price that is too low is a mistake too."""
    agreed = line.quantity * price
    allowed = max(TOLERANCE_AMOUNT, TOLERANCE_SHARE * agreed)
    return line.price == price or abs(line.quantity * line.price - agreed) <= allowed


WORDS: Mapping[str, tuple[str, str]] = {
    "quantity": (
        "invoiced {0}, but only {1} accepted and not yet invoiced",
        "开票数量 {0}，已验收未开票数量仅 {1}",
    ),
    "price": ("invoiced at {0}, ordered at {1}", "发票单价 {0}，订单单价 {1}"),
    "currency": ("invoiced in {0}, ordered in {1}", "发票币种 {0}，订单币种 {1}"),
    "supplier": ("invoiced by another supplier than ordered from", "开票单位与订单供应商不一致"),
    "order": ("no such order line is known", "没有此采购订单行"),
}


def difference(line: int, kind: str, invoiced: str, expected: str) -> Difference:
    english, chinese = (text.format(invoiced, expected) for text in WORDS[kind])
    return Difference.model_validate(
        {
            "line": line,
            "kind": kind,
            "invoiced": invoiced,
            "expected": expected,
            "text_en": f"Line {line}: {english}",
            "text_zh": f"第 {line} 行：{chinese}",
        }
    )


def match_receipts(lines: Sequence[Invoiced], receipts: Collection[Receipt]) -> list[Match]:
    """Take each line off the receipts of its order line, oldest first; equal input, equal match.

    Raises QuantityNotPayable when the receipts do not hold a line's quantity.
    """
    left = {receipt.id: (receipt.quantity, receipt.amount) for receipt in receipts}
    oldest = sorted(receipts, key=lambda receipt: (receipt.accepted_on, receipt.id))
    matches: list[Match] = []
    for line in lines:
        missing = line.quantity
        for receipt in oldest:
            quantity, amount = left[receipt.id]
            if receipt.order_line_id != line.order_line_id or quantity <= 0 or missing <= 0:
                continue
            taken = min(quantity, missing)
            accrued = share(amount, taken, quantity)
            left[receipt.id] = (quantity - taken, amount - accrued)
            matches.append(Match(line.line, receipt, taken, accrued))
            missing -= taken
        if missing > 0:
            raise QuantityNotPayable(line=line.line, quantity=line.quantity, missing=missing)
    return matches


def accrued_by_line(matches: Iterable[Match]) -> dict[int, Decimal]:
    """What each invoice line takes back of the accruals."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for match in matches:
        sums[match.line] += match.accrued
    return dict(sums)


def split_difference(
    difference_base: Decimal, invoiced: Decimal, on_hand: Decimal, pool_value: Decimal
) -> tuple[Decimal, Decimal]:
    """A price difference where its goods are: the share still in stock, and the used share.

    Goods on hand are taken to be the newest received; stock never falls below zero value.
    """
    held = share(difference_base, min(on_hand, invoiced), invoiced) if on_hand > 0 else ZERO
    held = max(held, -pool_value)
    return held, difference_base - held
