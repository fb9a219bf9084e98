"""How often somebody may come: the last window counts, wherever its border lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy import routes
from gateway.proxy.routes import Paces
from gateway.proxy.rules import Pace, TooManyRequests

SECONDS = 10.0


def came(*moments: float) -> Pace:
    pace = Pace()
    for moment in moments:
        pace = pace.counted(moment, SECONDS)
    return pace


def test_requests_of_one_window_add_up() -> None:
    assert came(101.0, 102.0, 109.9).in_window == 3


def test_of_the_window_before_counts_the_part_that_still_lies_in_reach() -> None:
    assert came(*[105.0] * 8, 112.5).in_window == pytest.approx(1 + 8 * 0.75)


def test_who_was_away_begins_anew() -> None:
    assert came(*[105.0] * 8, 131.0).in_window == 1


@given(st.lists(st.floats(100, 200), min_size=1, max_size=60))
def test_never_more_than_came_and_never_less_than_this_one(moments: list[float]) -> None:
    assert 1 <= came(*sorted(moments)).in_window <= len(moments)


def test_each_person_has_their_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "REQUESTS_MAX", 2)
    paces = Paces()
    paces.check("user:a")
    paces.check("user:a")
    with pytest.raises(TooManyRequests):
        paces.check("user:a")
    paces.check("user:b")
