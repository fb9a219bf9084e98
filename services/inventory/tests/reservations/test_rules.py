from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.holdings.rules import Wish
from services.inventory.moves.rules import Free
from services.inventory.reservations.rules import allot, in_line, shortage

TODAY = date(2026, 3, 1)
ITEM = UUID(int=9)
ASKED = datetime(2026, 2, 1, tzinfo=UTC)


def free(number: Any, quantity: Any, expires_in: Any = None) -> Any:
    expiry = None if expires_in is None else TODAY + timedelta(expires_in)
    part = UUID(int=number)
    return Free(part, UUID(int=1), ITEM, part, f"L{number}", "", expiry, Decimal(quantity))


def wish(quantity: Any, *, number: int = 1, needed_in: int = 0, life: int = 0, age: int = 0) -> Any:
    return Wish(
        *(UUID(int=100 + number), UUID(int=number), ITEM, Decimal(quantity)),
        *(TODAY + timedelta(needed_in), life, ASKED - timedelta(age)),
    )


def taken(shares: Any) -> Any:
    return [(share.of.part_id.int, share.quantity) for share in shares]


@pytest.mark.req("REQ-33", "F9")
def test_the_lot_that_expires_first_goes_first() -> None:
    shares = allot([wish(7)], [free(1, 5, 30), free(2, 5, 10), free(3, 9)], TODAY)
    assert taken(shares) == [(2, 5), (1, 2)]


@pytest.mark.parametrize(
    ("asked", "serves"),
    [
        (wish(1, needed_in=10), True),
        (wish(1, needed_in=11), False),
        (wish(1, needed_in=-5), True),
        (wish(1, life=10), True),
        (wish(1, needed_in=5, life=6), False),
    ],
)
def test_a_lot_must_live_as_long_as_agreed(asked: Any, serves: Any) -> None:
    assert bool(allot([asked], [free(1, 5, 10)], TODAY)) is serves


def test_the_line_goes_by_needed_day_then_age() -> None:
    late, old, young = wish(1, number=1, needed_in=5), wish(1, number=2, age=3), wish(1, number=3)
    assert in_line([late, young, old]) == [old, young, late]
    shares = allot(in_line([late, young, old]), [free(1, 2)], TODAY)
    assert [share.wish for share in shares] == [old, young]


quantities = st.decimals(0, 50, places=3)
stocks = st.lists(
    st.builds(free, st.integers(1, 10**6), quantities, st.none() | st.integers(-9, 9)),
    unique_by=lambda one: one.part_id,
)
wishes = st.lists(
    st.builds(
        wish,
        st.decimals("0.001", 50, places=3),
        number=st.integers(1, 10**6),
        needed_in=st.integers(-3, 3),
    ),
    unique_by=lambda one: one.line_id,
)


@given(wishes, stocks)
def test_nothing_is_given_twice_and_nobody_gets_more_than_asked(asked: Any, stock: Any) -> None:
    before = {one.part_id: (one.quantity, one.usable_until) for one in stock}
    shares = allot(in_line(asked), stock, TODAY)
    for one in stock:
        given_away = sum(s.quantity for s in shares if s.of.part_id == one.part_id)
        assert given_away + one.quantity == before[one.part_id][0]
        assert one.quantity >= 0
    missing = shortage(asked, shares)
    for line in asked:
        held = sum(s.quantity for s in shares if s.wish == line)
        assert held + missing.get(line.line_id, 0) == line.missing
    for share in shares:
        expiry = before[share.of.part_id][1]
        assert expiry is None or expiry >= max(share.wish.needed_on, TODAY)
