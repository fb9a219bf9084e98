"""What may be promised breaks no claim, and nothing that could be had is withheld."""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.production.mrp.engine.mps import available_to_promise
from services.production.mrp.engine.shelf import Shelf
from services.production.mrp.engine.snapshot import NEVER
from services.production.promises.rules import (
    SERIES_MAX,
    Holdings,
    Outlook,
    Supply,
    opening,
    promised,
    supplied,
)

DAYS = 8
pytestmark = pytest.mark.req("E5")


@st.composite
def holdings(draw: st.DrawFn) -> Holdings:
    day, some = st.integers(0, DAYS), st.integers(1, 3)
    stock = {(until, 0): draw(some) for until in draw(st.sets(day | st.just(NEVER), max_size=3))}
    coming = draw(st.dictionaries(day, some, max_size=2))
    life, minimum = draw(st.sampled_from([1, 3, NEVER])), draw(st.integers(0, 1))
    supply = supplied({until: n for (until, _), n in stock.items()}, coming, life, minimum)
    return Holdings(0, minimum, supply, draw(st.dictionaries(day, some, max_size=3)))


def waits(held: Holdings, supply: Supply) -> list[int]:
    """What is owed at the end of each day."""
    shelf, owed = Shelf(held.minimum_life), list[int]()
    for day in range(DAYS + 6):
        shelf.expire(day)
        for (until, at), quantity in sorted(supply.items()):
            if at == day:
                shelf.receive(quantity, until)
        shelf.use(held.claims.get(day, 0))
        owed.append(shelf.short)
    return owed


def most(held: Holdings, day: int, life: int) -> int:
    """By trying every part of every lot: the most that can be taken with no claim worse off.

    A day with something owed, then or later, has nothing but what no claim can use.
    """
    life, before, best = max(life, held.minimum_life), waits(held, held.supply), 0
    keys = [key for key in held.supply if key[1] <= day <= key[0] - life]
    for parts in product(*(range(held.supply[key] + 1) for key in keys)):
        taken = dict(zip(keys, parts, strict=True))
        left = {key: n - taken.get(key, 0) for key, n in held.supply.items()}
        if sum(parts) > best and waits(held, left) == before:
            best = sum(parts)
    return best


@settings(max_examples=300, deadline=None)
@given(holdings(), st.integers(0, DAYS), st.integers(0, 3))
def test_as_much_is_promised_as_trying_everything_finds(
    held: Holdings, day: int, life: int
) -> None:
    known = Outlook(held, life).on(day)
    assert known <= most(held, day, life)
    if not any(waits(held, held.supply)):
        assert known == most(held, day, life)


@settings(max_examples=200, deadline=None)
@given(holdings(), st.data())
def test_lines_one_after_another_never_break_a_claim(held: Holdings, data: st.DataObject) -> None:
    before, left = waits(held, held.supply), held
    for _ in range(3):
        day, life = data.draw(st.integers(0, DAYS)), data.draw(st.integers(0, 3))
        wanted = data.draw(st.integers(1, 5))
        answer, after = promised(left, Decimal(wanted), day, life)
        gone = sum(left.supply.values()) - sum(after.supply.values())
        assert gone == (wanted if answer.earliest is not None else min(answer.available, wanted))
        assert all(quantity >= 0 for quantity in after.supply.values())
        assert waits(held, after.supply) == before
        left = after


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=8),
    st.integers(0, 9),
)
def test_what_does_not_expire_goes_by_the_rule_of_plan_runs(
    rows: list[tuple[int, int]], stock: int
) -> None:
    receipts = {day: coming for day, (coming, _) in enumerate(rows)}
    claims = {day: taken for day, (_, taken) in enumerate(rows)}
    held = Holdings(0, 0, supplied({NEVER: stock}, receipts, NEVER, 0), claims)
    supply = [coming + (stock if not day else 0) for day, (coming, _) in enumerate(rows)]
    expected = available_to_promise(supply, [taken for _, taken in rows])
    known = Outlook(held, 0)
    assert [known.on(day) for day in range(len(rows))] == expected


def test_what_expires_unused_is_free_until_then_and_its_days_left_count() -> None:
    held = Holdings(0, 1, supplied({4: 6, 9: 2}, {}, NEVER, 1), {2: 1})
    assert Outlook(held, 0).changes() == [(0, 7), (4, 2), (9, 0)]
    assert Outlook(held, 5).changes() == [(0, 2), (5, 0)]


def test_stock_is_the_truth_and_what_lots_claim_beyond_it_is_off_the_first_to_expire() -> None:
    assert opening(5, [(9, 4), (3, 4)]) == {3: 1, 9: 4, NEVER: 0}
    assert opening(9, [(3, 4)]) == {3: 4, NEVER: 5}
    assert not any(opening(-2, [(3, 4)]).values())


def test_a_line_takes_its_part_and_the_rest_when_all_is_there() -> None:
    held = Holdings(1, 0, supplied({NEVER: 20}, {5: 30}, NEVER, 0), {})
    first, left = promised(held, Decimal("2.45"), 1, 0)
    assert (first.available, first.earliest) == (20, 5), "2.45 are 25 tenths, of which 20 are there"
    second, left = promised(left, Decimal(3), 0, 0)
    assert (second.available, second.earliest) == (0, None)
    assert Outlook(left, 0).changes() == [(0, 0), (5, 25)]
    assert promised(left, Decimal("2.5"), 7, 0)[0].earliest == 7
    assert promised(left, Decimal("2.5"), 9_000, 0)[0].earliest == 9_000


def test_the_series_is_cut() -> None:
    held = Holdings(0, 0, supplied({}, dict.fromkeys(range(300), 1), NEVER, 0), {})
    assert len(Outlook(held, 0).changes()) == SERIES_MAX
    assert Outlook(replace(held, supply={}), 0).changes() == [(0, 0)]
