from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sales.orders.rules import (
    LIFECYCLE,
    STATES,
    CertificateMissing,
    Cover,
    CreditExceeded,
    Device,
    LicenceMissing,
    billing_state,
    check_certificates,
    check_credit,
    check_licences,
    line_amounts,
    shipping_state,
    total,
)
from shared.actor import Actor
from shared.lifecycle import ActionNotAllowed
from tests.support.services import COMPANY

TODAY = date(2026, 3, 1)
VENT = Device(UUID(int=1), "VENT", regulated=True)
SPARE = Device(UUID(int=2), "SPARE", regulated=False, kind="purchased")
money = st.decimals(0, 1_000_000, places=2)


def licence(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "kind": "medical_institution",
        "scope": [],
        "valid_from": "2026-01-01",
        "valid_to": "2026-03-01",
    }
    return usual | changes


@pytest.mark.req("REQ-68")
@pytest.mark.parametrize(
    ("kind", "held", "passes"),
    [
        ("hospital", [licence()], True),  # the last day counts
        ("hospital", [licence(valid_to=None)], True),
        ("hospital", [licence(valid_to="2026-02-28")], False),
        ("hospital", [licence(valid_from="2026-03-02")], False),
        ("hospital", [licence(kind="business_licence")], False),
        ("hospital", [licence(scope=["OTHER"])], False),
        ("hospital", [licence(scope=["VENT"])], True),
        ("hospital", [licence(scope=["finished"])], True),
        ("hospital", [], False),
        ("distributor", [licence()], False),
        ("distributor", [licence(kind="distribution_licence")], True),
        ("export", [], True),
    ],
)
def test_a_licence_of_the_right_kind_covers_the_item_on_the_day(
    kind: str, held: list[dict[str, Any]], passes: bool
) -> None:
    if passes:
        check_licences("C", kind, held, [VENT], TODAY)
    else:
        with pytest.raises(LicenceMissing) as refused:
            check_licences("C", kind, held, [VENT], TODAY)
        assert refused.value.members["items"] == ["VENT"]


@pytest.mark.req("REQ-05", "REQ-69")
@pytest.mark.parametrize(
    ("kind", "days", "passes"),
    [
        ("hospital", 0, True),
        ("hospital", -1, False),
        ("export", -1, True),
        ("hospital", None, True),
    ],
)
def test_a_certificate_holds_to_its_last_day(kind: str, days: int | None, passes: bool) -> None:
    ends = None if days is None else TODAY + timedelta(days)
    covers = [Cover(frozenset({VENT.id}), date(2020, 1, 1), ends)]
    if passes:
        check_certificates(kind, [VENT, SPARE], covers, TODAY)
    else:
        with pytest.raises(CertificateMissing):
            check_certificates(kind, [VENT, SPARE], covers, TODAY)


@pytest.mark.req("REQ-70")
@given(money, money, money, money)
def test_credit_never_passes_the_limit(
    limit: Decimal, owed: Decimal, promised: Decimal, this: Decimal
) -> None:
    over = owed + promised + this - limit
    if over <= 0:
        check_credit(limit, owed, promised, this)
    else:
        with pytest.raises(CreditExceeded) as refused:
            check_credit(limit, owed, promised, this)
        assert refused.value.members["over"] == over


@given(
    st.lists(
        st.tuples(
            st.decimals("0.001", 1000, places=3),
            st.decimals(0, 1000, places=4),
            st.sampled_from([Decimal(0), Decimal("0.06"), Decimal("0.13")]),
        ),
        min_size=1,
    )
)
def test_the_order_adds_up_from_its_lines(lines: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    amounts = [line_amounts(*line) for line in lines]
    sums = total(amounts)
    assert sums.gross == sums.net + sums.tax == sum(one.gross for one in amounts)
    assert all(one.net == one.net.quantize(Decimal("0.01")) for one in amounts)


def test_states_follow_the_lines() -> None:
    two = Decimal(2)
    assert shipping_state([(two, two), (two, Decimal(0))], "allocated") == "partially_shipped"
    assert shipping_state([(two, two)], "allocated") == "shipped"
    assert shipping_state([(two, Decimal(0))], "allocated") == "allocated"
    assert [billing_state(Decimal(value), two) for value in (0, 1, 2)] == [
        "unbilled",
        "partially_billed",
        "billed",
    ]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", sorted(LIFECYCLE.actions))
def test_every_action_is_open_in_its_states_and_shut_in_all_others(state: str, verb: str) -> None:
    action = LIFECYCLE[verb]
    actor = Actor("user:1", "one", COMPANY, frozenset({action.permission}))
    if state in action.sources:
        assert LIFECYCLE.check(verb, state, actor, note="because") is action
    else:
        with pytest.raises(ActionNotAllowed):
            LIFECYCLE.check(verb, state, actor, note="because")
