"""Rules that balance whatever the amounts are; refused when they do not."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.finance.accounts.commands import CHART
from services.finance.accounts.rules import ROLES, shipped_chart
from services.finance.posting_rules.commands import FOLDER, rule_line
from services.finance.posting_rules.rules import (
    IDENTITIES,
    Entry,
    RoleMissing,
    Rule,
    RuleMissing,
    RuleRefused,
    apply_rule,
    check_rule,
    in_force,
)

cents = st.decimals(-(10**6), 10**6, places=2)
SHIPPED = {
    source["event"]: Rule(
        source["event"], 1, __import__("datetime").date(2000, 1, 1), "", "",
        tuple(rule_line(line) for line in source["lines"]),
    )
    for path in sorted(Path(FOLDER).glob("*.yaml"))
    for source in [yaml.safe_load(path.read_text())]
}  # fmt: skip
BY_ROLE = {(role, kind): account for role, kind, account in ROLES}


def test_every_event_has_a_shipped_rule_and_every_account_exists() -> None:
    import json

    chart = {one.code: one for one in shipped_chart(json.loads(CHART.read_text()))}
    assert SHIPPED.keys() == IDENTITIES.keys()
    named = {line.account for rule in SHIPPED.values() for line in rule.lines}
    named |= {account for _, _, account in ROLES}
    assert all(chart[code].leaf for code in named if not code.startswith("@"))


@pytest.mark.req("REQ-78", "G1")
@given(st.data(), st.sampled_from(sorted(SHIPPED)))
def test_a_shipped_rule_balances_for_any_amounts_of_its_identity(data: Any, event: Any) -> None:
    identity = IDENTITIES[event]
    amounts = {name: data.draw(cents, name) for name in identity}
    signed = [name for name, sign in identity.items() if sign]
    if signed:  # the last name follows from the others
        last = signed[-1]
        rest = sum((identity[n] * amounts[n] for n in signed if n != last), Decimal(0))
        amounts[last] = -rest * identity[last]
    lines = apply_rule(SHIPPED[event], [Entry(amounts, "purchased")], BY_ROLE)
    assert sum(line.debit for line in lines) == sum(line.credit for line in lines)
    assert all((line.debit == 0) != (line.credit == 0) for line in lines)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "unheard"},
        {"side": "credit"},
        {"red": True},
    ],
)
def test_a_rule_that_does_not_balance_is_refused(changed: Any) -> None:
    source = yaml.safe_load((FOLDER / "supplier_invoice_matched.yaml").read_text())["lines"]
    source[0] |= changed
    with pytest.raises(RuleRefused):
        check_rule("supplier_invoice_matched", [rule_line(line) for line in source])


def test_equal_lines_are_merged_and_zeros_dropped() -> None:
    rule = SHIPPED["goods_dispatched"]
    lines = apply_rule(rule, [Entry({"cost": Decimal(n)}, "finished") for n in (3, 4, 0)], BY_ROLE)
    assert [(line.account, str(line.debit), str(line.credit)) for line in lines] == [
        ("6401", "7", "0"), ("140501", "0", "7"),
    ]  # fmt: skip


def test_a_missing_role_or_rule_is_named_never_guessed() -> None:
    from datetime import date

    with pytest.raises(RoleMissing) as missing:
        apply_rule(SHIPPED["stock_accepted"], [Entry({"accrued": Decimal(1)}, "unknown")], BY_ROLE)
    assert missing.value.members == {"role": "stock", "item_class": "unknown"}
    with pytest.raises(RuleMissing):
        in_force(SHIPPED.values(), "stock_accepted", date(1999, 1, 1))
