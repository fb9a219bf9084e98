"""Moving average: exact to the cent, never negative (finance.md 2.1)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.finance.valuation.rules import Pool, TermsMissing

quantities = st.decimals("0.001", 1000, places=3)
values = st.decimals(0, 10**5, places=2)


def test_three_pieces_for_ten() -> None:
    pool = Pool(Decimal(3), Decimal("10.00"))
    given: list[str] = []
    for _ in range(3):
        pool, value = pool.issued(Decimal(1), "x")
        given.append(str(value))
    assert given == ["3.33", "3.34", "3.33"]
    assert pool == Pool(Decimal(0), Decimal("0.00"))


def test_the_worked_example_of_the_design() -> None:
    pool = Pool(Decimal(100), Decimal(1000)).received(Decimal(50), Decimal(560))
    pool, first = pool.issued(Decimal(70), "x")
    pool, second = pool.issued(Decimal(33), "x")
    assert [first, second] == [Decimal(728), Decimal("343.20")]
    assert pool == Pool(Decimal(47), Decimal("488.80"))


@pytest.mark.req("REQ-81")
@given(st.lists(st.tuples(st.booleans(), quantities, values), max_size=30))
def test_sums_hold_and_nothing_is_ever_negative(steps: Any) -> None:
    pool, received, issued = Pool(), Decimal(0), Decimal(0)
    for receive, quantity, value in steps:
        if receive:
            pool, received = pool.received(quantity, value), received + value
            continue
        try:
            pool, worth = pool.issued(quantity, "waits")
        except TermsMissing:
            continue
        issued += worth
        assert worth >= 0
    assert pool.quantity >= 0
    assert pool.value >= 0
    assert received == issued + pool.value
    assert pool.quantity > 0 or pool.value == 0
