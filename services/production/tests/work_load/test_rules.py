"""The load of work centres: by hand, and what holds for every one."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.production.work_load.engine import loading
from services.production.work_load.engine.loading import by_parts, load_by_day, minutes_within
from services.production.work_load.engine.works import (
    Orders,
    Pairs,
    Routes,
    Works,
    effective_pairs,
    works_of,
)
from services.production.work_load.rules import (
    Asked,
    LoadCentre,
    LoadDaysWrong,
    LoadTooLarge,
    days_asked,
    load_view,
    periods,
    worked_before,
)

MONDAY = date(2026, 3, 2)
WEEKS = worked_before("1111100" * 4)  # 20 worked days of 28
Row = tuple[int, int, float]


def orders(*rows: tuple[int, int, int, float]) -> Orders:
    """(item, release, receipt, quantity) by item."""
    item, release, receipt, quantity = (list(column) for column in zip(*rows, strict=True))
    return Orders(np.array(item), np.array(release), np.array(receipt), np.array(quantity, float))


def routes(*rows: tuple[int, int, int, Sequence[Row]]) -> Routes:
    """(item, first, last, [(centre, set-up, run)]) by item."""
    operations = [each for row in rows for each in row[3]]
    counts = [len(row[3]) for row in rows]
    return Routes(
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.array([10 * (n + 1) for row in rows for n in range(len(row[3]))]),
        np.array([centre for centre, _, _ in operations]),
        np.array([setup for _, setup, _ in operations], float),
        np.array([run for _, _, run in operations], float),
    )


def works(asked: Orders, by: Routes) -> Works:
    return works_of(asked, by, effective_pairs(asked, by), WEEKS)


def rounded(load: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> list[list[float]]:
    return [[round(value, 6) for value in row] for row in load.tolist()]


def test_operations_share_the_lead_time_by_their_minutes() -> None:
    """Monday to Friday, 60 + 180 minutes: a quarter of four days, then three."""
    found = works(orders((0, 0, 4, 10)), routes((0, -9, 99, [(0, 10, 5), (1, 0, 18)])))
    assert found.minutes.tolist() == [60, 180]
    assert (found.begin.tolist(), found.end.tolist()) == ([0, 1], [1, 4])
    assert rounded(load_by_day(found, 2, 5)) == [[60, 0, 0, 0, 0], [0, 60, 60, 60, 0]]


def test_a_free_day_carries_nothing_and_a_day_is_the_least() -> None:
    """From Friday to Tuesday: Friday and Monday. From Saturday to Saturday: all on Monday."""
    route = routes((0, -9, 99, [(0, 100, 0)]), (1, -9, 99, [(0, 100, 0)]))
    assert rounded(load_by_day(works(orders((0, 4, 8, 1)), route), 1, 8)) == [
        [0, 0, 0, 0, 50, 50, 0, 0]
    ]
    assert rounded(load_by_day(works(orders((0, 5, 5, 1)), route), 1, 8)) == [
        [0, 0, 0, 0, 0, 100, 0, 0]
    ]


def test_what_should_have_begun_begins_today() -> None:
    route = routes((0, -9, 99, [(0, 100, 0)]))
    late = load_by_day(works(orders((0, -20, 2, 1)), route), 1, 3)
    assert rounded(late) == [[50, 50, 0]]
    overdue = load_by_day(works(orders((0, -20, -3, 1)), route), 1, 3)
    assert rounded(overdue) == [[100, 0, 0]]


def test_the_revision_of_the_day_of_release_loads() -> None:
    by = routes((0, -9, 6, [(0, 100, 0)]), (0, 7, 99, [(1, 30, 0)]), (2, 0, 3, [(0, 1, 0)]))
    asked = orders((0, 6, 8, 1), (0, 7, 8, 1), (2, 4, 9, 1))
    order, revision = effective_pairs(asked, by)
    assert (order.tolist(), revision.tolist()) == ([0, 1], [0, 1])


def test_a_cell_is_told_by_what_loads_it() -> None:
    found = works(orders((0, 0, 4, 10)), routes((0, -9, 99, [(0, 10, 5), (1, 0, 18)])))
    assert minutes_within(found, 1, 3).tolist() == [0, 120]


@st.composite
def shops(draw: st.DrawFn) -> tuple[Orders, Routes]:
    items = draw(st.integers(1, 3))
    route = [
        (item, -99, 99, draw(st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 50), st.integers(0, 9)),
            min_size=1, max_size=4)))
        for item in range(items)
    ]  # fmt: skip
    rows = draw(st.lists(st.tuples(
        st.integers(0, items - 1), st.integers(-9, 20), st.integers(0, 6), st.integers(1, 99)),
        min_size=1, max_size=12))  # fmt: skip
    asked = orders(*sorted((i, release, release + lead, float(n)) for i, release, lead, n in rows))
    return asked, routes(*route)


@settings(max_examples=150, deadline=None)
@given(shops(), st.integers(0, 18), st.integers(1, 4))
def test_no_minute_is_lost_and_every_cell_is_explained(
    shop: tuple[Orders, Routes], first: int, days: int
) -> None:
    found = works(*shop)
    load = load_by_day(found, 3, int(WEEKS[-1]) + 8)  # all of it ends by then
    assert load.sum() == pytest.approx(found.minutes.sum(), abs=1e-6)
    for centre in range(3):
        explained = minutes_within(found.at(centre), first, first + days).sum()
        assert load[centre, first : first + days].sum() == pytest.approx(explained, abs=1e-6)


def test_some_at_a_time_is_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = orders(*((0, day, day + 3, 5.0) for day in range(9)))
    by = routes((0, -9, 99, [(0, 10, 5), (1, 0, 18)]))
    pairs: Pairs = effective_pairs(asked, by)
    once = load_by_day(works_of(asked, by, pairs, WEEKS), 2, 20)
    monkeypatch.setattr(loading, "AT_A_TIME", 2)
    parts = [load_by_day(one, 2, 20) for one in by_parts(asked, by, pairs, WEEKS)]
    assert len(parts) == 5
    assert np.allclose(sum(parts), once)


CENTRE = LoadCentre(UUID(int=1), "A", "Assembly", 480)


def test_cells_by_day_week_and_month_and_overloads_most_first() -> None:
    minutes = np.zeros((1, 20))
    minutes[0, :6] = [480, 600, 481, 0, 0, 960]
    week = Asked(MONDAY, MONDAY, date(2026, 3, 11), "week", None)
    view = load_view(week, [CENTRE], minutes, WEEKS, 0)
    first, second = view["work_centres"][0]["cells"]
    assert (first["load_hours"], first["capacity_hours"], first["percent"]) == (
        Decimal("26.02"), Decimal("40.00"), Decimal("65.1"),
    )  # fmt: skip
    assert (second["until_on"], second["capacity_hours"]) == (date(2026, 3, 11), Decimal("24.00"))
    asked = Asked(MONDAY, MONDAY, date(2026, 3, 11), "day", None)
    day = load_view(asked, [CENTRE], minutes, WEEKS, 3)
    assert len(day["work_centres"][0]["cells"]) == 8, "the weekend has no cells"
    assert [(one["from_on"].day, one["over_hours"]) for one in day["overloads"]] == [
        (9, Decimal(8)), (3, Decimal(2)), (4, Decimal("0.02")),
    ]  # fmt: skip
    assert day["without_routing"] == 3
    month = Asked(date(2026, 1, 20), date(2026, 1, 20), date(2026, 3, 5), "month", None)
    assert periods(month) == [
        (date(2026, 1, 20), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 5)),
    ]


def test_days_and_sizes_that_are_refused() -> None:
    assert days_asked(MONDAY, 365, None, None) == (MONDAY, date(2026, 5, 24))
    assert days_asked(MONDAY, 10, None, None)[1] == date(2026, 3, 11)
    for first, last in ((date(2026, 3, 1), None), (None, date(2026, 3, 12)), (MONDAY, MONDAY)):
        if first == last:
            assert days_asked(MONDAY, 10, first, last) == (MONDAY, MONDAY)
            continue
        with pytest.raises(LoadDaysWrong) as refused:
            days_asked(MONDAY, 10, first, last)
        assert refused.value.members["latest"] == date(2026, 3, 11)
    many = [CENTRE] * 5000
    with pytest.raises(LoadTooLarge) as large:
        load_view(Asked(MONDAY, MONDAY, date(2026, 3, 27), "day", None), many,
                  np.zeros((5000, 20)), WEEKS, 0)  # fmt: skip
    assert large.value.members == {"cells": 100_000, "most": 20_000}
