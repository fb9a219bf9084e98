"""From orders and calendars to a shop and back to hours: free days, overdue days, components."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.production.schedule_process.rules import rows_of
from services.production.scheduling.engine.faults import (
    ScheduleBroken,
    ScheduleTooLong,
    TooManyOperations,
)
from services.production.scheduling.engine.shop import Schedule
from services.production.scheduling.engine.solving import Outcome
from services.production.scheduling.rules import (
    AHEAD,
    BACK,
    Need,
    ReadCentre,
    ReadOperation,
    ReadOrder,
    ReadShop,
    Wishes,
    WorkingDays,
    minutes_of,
    window_of,
)

MONDAY = date(2026, 3, 2)
WEEK = "".join(str(int((MONDAY + timedelta(days=n)).weekday() < 5)) for n in range(-BACK, AHEAD))
DAYS = WorkingDays(MONDAY, WEEK, time(9), "Asia/Shanghai")
A, B, C = (UUID(int=n) for n in (0xA, 0xB, 0xC))
CENTRE = UUID(int=1)
STEP = ReadOperation(A, 10, "Assemble", CENTRE, Decimal(5), Decimal("2.5"))


def order(id: UUID, **changes: Any) -> ReadOrder:
    standing = ReadOrder(
        id, "production_order", "MO-1", UUID(int=id.int + 0x10), Decimal(5), 1,
        MONDAY + timedelta(days=1), MONDAY + timedelta(days=4), True, UUID(int=9),
    )  # fmt: skip
    return standing._replace(**changes)


def shop(*orders: ReadOrder, needs: tuple[Need, ...] = (), **centre: Any) -> ReadShop:
    one = ReadCentre(CENTRE, 2, 480, Decimal(1))._replace(**centre)
    steps = [STEP._replace(order_id=one.id) for one in orders]
    return ReadShop(orders, steps, needs, {CENTRE: one})


@pytest.mark.parametrize(
    ("days", "place"),
    [(0, 0), (1, 1), (4, 4), (5, 4), (6, 4), (7, 5), (-1, -1), (-3, -1), (-4, -2), (9999, 785)],
)
def test_a_free_day_counts_as_the_worked_day_before_it(days: int, place: int) -> None:
    assert DAYS.last(MONDAY + timedelta(days=days)) == place


def test_a_minute_is_an_instant_in_the_companys_zone() -> None:
    assert DAYS.begin_at(5, 90) == datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
    with pytest.raises(ScheduleTooLong):
        DAYS.begin_at(len(DAYS.dates), 0)


@pytest.mark.parametrize(
    ("quantity", "efficiency", "minutes"), [("5", "1", 18), ("5", "0.9", 20), ("0.4", "1", 6)]
)
def test_minutes_are_rounded_up_once(quantity: str, efficiency: str, minutes: int) -> None:
    assert minutes_of(STEP, Decimal(quantity), Decimal(efficiency)) == minutes
    nothing = STEP._replace(setup_minutes=Decimal(0), run_minutes=Decimal(0))
    assert minutes_of(nothing, Decimal(quantity), Decimal(efficiency)) == 1


def test_what_waits_begins_on_its_day_and_what_has_its_material_at_once() -> None:
    waits, ready = order(A), order(B, waits=False, due_on=MONDAY - timedelta(days=3))
    window = window_of(shop(waits, ready), DAYS, Wishes(weights={B: 7}))
    first, second = window.shop.jobs
    assert (first.release, first.due, first.weight) == (480, 5 * 480, 1)
    assert (second.release, second.due, second.weight) == (0, 0, 7), "due before it began"
    later = WorkingDays(MONDAY, WEEK, time(9), "Asia/Shanghai", begins=300)
    assert [job.release for job in window_of(shop(waits, ready), later, Wishes()).shop.jobs] == [
        480, 300,
    ]  # fmt: skip
    assert window.begins(480) == datetime(2026, 3, 3, 1, tzinfo=UTC)
    assert window.ends(480) == datetime(2026, 3, 2, 9, tzinfo=UTC), "the evening before"


def test_components_of_the_same_demand_come_first() -> None:
    needs = (Need(B, order(A).item_id), Need(C, order(A).item_id))
    other = order(C, demand_id=UUID(int=8))
    jobs = window_of(shop(order(A), order(B), other, needs=needs), DAYS, Wishes()).shop.jobs
    assert [job.after for job in jobs] == [(), (0,), ()], "another demand's order waits for others"


def test_only_finite_centres_have_units_and_unknown_ones_are_counted() -> None:
    assert window_of(shop(order(A)), DAYS, Wishes()).shop.centres[0].units == 2
    free = window_of(shop(order(A)), DAYS, Wishes(finite={UUID(int=2)}))
    assert free.shop.centres[0].units == 0
    strange = ReadShop([order(A), order(B)], [STEP], (), {})
    window = window_of(strange, DAYS, Wishes())
    assert (window.unknown_centres, window.without_routing) == (1, 1)
    assert (window.shop.centres[0].units, window.shop.day) == (1, 480)


def test_too_many_operations_are_refused_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.production.scheduling.rules.OPERATIONS_MAX", 1)
    with pytest.raises(TooManyOperations) as refused:
        window_of(shop(order(A), order(B)), DAYS, Wishes())
    assert refused.value.members == {"operations": 2, "most": 1}


def test_a_schedule_that_breaks_a_law_is_not_stored() -> None:
    window = window_of(shop(order(A), order(B), units=1), DAYS, Wishes())
    good = Outcome(Schedule(((480,), (498,))), "list", 0, 0, 0, "optimal")
    rows = rows_of(window, good, UUID(int=1), UUID(int=2))
    assert [row[-2:] for row in rows.operations] == [
        (datetime(2026, 3, 3, 1, minute, tzinfo=UTC), datetime(2026, 3, 3, 1, end, tzinfo=UTC))
        for minute, end in ((0, 18), (18, 36))
    ]
    for starts in (((480,), (497,)), ((479,), (498,))):
        with pytest.raises(ScheduleBroken):
            rows_of(window, replace(good, schedule=Schedule(starts)), UUID(int=1), UUID(int=2))
