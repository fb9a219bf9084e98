"""Turning an event's named amounts into voucher lines. A rule never computes (finance.md 1.1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from shared.i18n import Bilingual
from shared.problems import Conflict, Refused

ZERO = Decimal(0)
Side = Literal["debit", "credit"]
DIMENSIONS = ("partner_id", "item_id", "order_id", "line_id")

# By event, the names that the code supplies, each with its sign in the identity Σ sign × name = 0.
IDENTITIES: Mapping[str, Mapping[str, int]] = {
    "stock_accepted": {"accrued": 0},
    "supplier_returned": {"credited": 1, "value": -1, "rest": -1},
    "material_issued": {"value": 0},
    "material_returned": {"value": 0},
    "operation_reported": {"labour": 0, "overhead": 0},
    "completion_received": {"material": 1, "labour": 1, "overhead": 1, "total": -1},
    "order_settled": {"material": 1, "labour": 1, "overhead": 1, "on_hand": -1, "used": -1},
    "order_abandoned": {"material": 1, "labour": 1, "overhead": 1, "total": -1},
    "goods_dispatched": {"cost": 0},
    "supplier_invoice_matched": {
        "accrued": 1, "diff_on_hand": 1, "diff_used": 1, "tax": 1, "gross": -1,
    },
    "sales_invoice_posted": {"net": 1, "tax": 1, "gross": -1},
    "payment_executed": {"settled": 1, "difference": 1, "paid": -1},
    "receipt_recorded": {"settled": 1, "advance": 1, "difference": 1, "received": -1},
}  # fmt: skip


class RuleRefused(Refused):
    title = Bilingual(
        "The posting rule does not balance for every amount", "记账规则不能保证任何金额下借贷平衡"
    )


class RuleMissing(Conflict):
    title = Bilingual("No posting rule is in force for this event", "该业务没有生效的记账规则")
    lifted_by = Bilingual("The finance manager installs the rule", "由财务经理设置记账规则")


class RoleMissing(Conflict):
    title = Bilingual("No account plays this role for the item's class", "该类物料没有对应的科目")
    lifted_by = Bilingual("The finance manager assigns an account", "由财务经理指定科目")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of a rule: which amount goes where, with which dimensions."""

    side: Side
    account: str  # a code, or @role
    amount: str
    dims: tuple[str, ...] = ()
    red: bool = False  # booked negative on its side (红字), so that turnover is not inflated
    quantity: bool = False
    foreign: bool = False  # carries the document's currency
    element: str | None = None
    cash_flow: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    event: str
    version: int
    valid_from: date
    summary_zh: str
    summary_en: str
    lines: tuple[RuleLine, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Named amounts of one source line, company currency, with what they are about."""

    amounts: Mapping[str, Decimal]
    item_class: str = ""
    partner_id: UUID | None = None
    item_id: UUID | None = None
    order_id: UUID | None = None
    line_id: UUID | None = None
    quantity: Decimal | None = None
    currency: str | None = None
    rate: Decimal | None = None
    foreign: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a voucher; exactly one of debit and credit is not zero."""

    account: str
    debit: Decimal
    credit: Decimal
    partner_id: UUID | None = None
    item_id: UUID | None = None
    order_id: UUID | None = None
    line_id: UUID | None = None
    element: str | None = None
    cash_flow: str | None = None
    quantity: Decimal | None = None
    currency: str | None = None
    rate: Decimal | None = None
    amount_fc: Decimal | None = None


def in_force(rules: Iterable[Rule], event: str, day: date) -> Rule:
    """The newest version that is valid on a day. Raises RuleMissing."""
    found = [rule for rule in rules if rule.event == event and rule.valid_from <= day]
    if not found:
        raise RuleMissing(event=event, day=day)
    return max(found, key=lambda rule: (rule.valid_from, rule.version))


def check_rule(event: str, lines: Sequence[RuleLine]) -> None:
    """Refuse a rule whose lines do not balance whatever the amounts are.

    Debits minus credits, as coefficients per name, must be a multiple of the event's identity.
    """
    identity = IDENTITIES.get(event)
    if identity is None:
        raise RuleRefused(event=event, known=sorted(IDENTITIES))
    if unknown := sorted({line.amount for line in lines} - identity.keys()):
        raise RuleRefused(event=event, unknown=unknown, known=sorted(identity))
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.amount] += (1 if line.side == "debit" else -1) * (-1 if line.red else 1)
    factors = {sums[name] * sign for name, sign in identity.items() if sign}
    free = [name for name, sign in identity.items() if not sign and sums[name]]
    if len(factors) > 1 or free:
        raise RuleRefused(event=event, unbalanced={name: sums[name] for name in identity})


def apply_rule(
    rule: Rule, entries: Sequence[Entry], roles: Mapping[tuple[str, str], str]
) -> list[Line]:
    """The voucher's lines, in order of the rule; equal ones merged, zeros dropped."""
    merged: dict[Line, list[Decimal]] = {}
    for part in rule.lines:
        for entry in entries:
            amount = entry.amounts.get(part.amount, ZERO)
            if amount:
                key = keyed(part, entry, resolve(part.account, entry.item_class, roles))
                sums = merged.setdefault(key, [ZERO, ZERO, ZERO])
                sign = -1 if part.red else 1
                sums[0] += sign * amount
                sums[1] += sign * (entry.quantity or ZERO)
                sums[2] += sign * entry.foreign.get(part.amount, ZERO)
    return [figured(key, sums) for key, sums in merged.items() if sums[0]]


def keyed(part: RuleLine, entry: Entry, account: str) -> Line:
    """What makes two amounts one line; the side is marked by a one, figures come later."""
    dims = {name: getattr(entry, name) for name in DIMENSIONS if name in part.dims}
    foreign = part.foreign and entry.currency is not None
    return Line(
        account,
        debit=Decimal(part.side == "debit"),
        credit=Decimal(part.side == "credit"),
        **dims,
        element=part.element,
        cash_flow=part.cash_flow,
        quantity=Decimal(1) if part.quantity else None,
        currency=entry.currency if foreign else None,
        rate=entry.rate if foreign else None,
    )


def figured(key: Line, sums: Sequence[Decimal]) -> Line:
    amount, quantity, foreign = sums
    return Line(
        key.account,
        debit=amount if key.debit else ZERO,
        credit=amount if key.credit else ZERO,
        partner_id=key.partner_id,
        item_id=key.item_id,
        order_id=key.order_id,
        line_id=key.line_id,
        element=key.element,
        cash_flow=key.cash_flow,
        quantity=quantity if key.quantity else None,
        currency=key.currency,
        rate=key.rate,
        amount_fc=foreign if key.currency else None,
    )


def resolve(account: str, item_class: str, roles: Mapping[tuple[str, str], str]) -> str:
    """A code as it is, or the account that plays the role; never a suspense account."""
    if not account.startswith("@"):
        return account
    role = account[1:]
    found = roles.get((role, item_class)) or roles.get((role, ""))
    if found is None:
        raise RoleMissing(role=role, item_class=item_class)
    return found
