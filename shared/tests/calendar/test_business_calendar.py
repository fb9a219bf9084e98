from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.business_calendar import BusinessCalendar, NoWorkingDay, WorkingTime

FRIDAY = date(2026, 11, 20)
SATURDAY, SUNDAY, MONDAY = (FRIDAY + timedelta(days=n) for n in (1, 2, 3))
PLAIN = BusinessCalendar()
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def test_a_weekend_is_passed_over() -> None:
    assert PLAIN.on_or_after(SATURDAY) == MONDAY
    assert PLAIN.on_or_before(SUNDAY) == FRIDAY
    assert PLAIN.add(FRIDAY, 1) == MONDAY
    assert PLAIN.add(MONDAY, -1) == FRIDAY


def test_a_holiday_is_free_and_its_exchanged_weekend_is_worked() -> None:
    calendar = BusinessCalendar(holidays={MONDAY}, workdays={SUNDAY})
    assert calendar.add(FRIDAY, 1) == SUNDAY
    assert not calendar.works_on(MONDAY)
    assert calendar.between(FRIDAY, MONDAY) == 2


def test_a_calendar_without_working_days_is_refused() -> None:
    never = BusinessCalendar(holidays={FRIDAY + timedelta(days=n) for n in range(4000)})
    with pytest.raises(NoWorkingDay):
        never.on_or_after(FRIDAY)


@given(days, st.integers(-60, 60), st.sets(days, max_size=20))
def test_what_is_added_can_be_counted(day: date, working_days: int, holidays: set[date]) -> None:
    calendar = BusinessCalendar(holidays=holidays)
    start = calendar.on_or_after(day)
    end = calendar.add(start, working_days)
    assert calendar.works_on(end)
    first, last = sorted((start, end))
    assert calendar.between(first, last) == abs(working_days) + 1


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-20T10:00", 4, "2026-11-20T14:00"),
        ("2026-11-20T10:00", 8, "2026-11-20T18:00"),  # the day's end, not the next morning
        ("2026-11-20T17:00", 2, "2026-11-22T10:00"),  # over a weekend whose Sunday is worked
        ("2026-11-20T20:00", 1, "2026-11-22T10:00"),
        ("2026-11-21T12:00", 9, "2026-11-22T18:00"),
        ("2026-11-20T06:00", 18, "2026-11-22T18:00"),
        ("2026-11-22T17:30", 1, "2026-11-24T09:30"),  # Monday is a holiday
    ],
)
def test_working_hours_pass_over_nights_and_free_days(start: str, hours: int, due: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    working = WorkingTime(BusinessCalendar(holidays={MONDAY}, workdays={SUNDAY}))
    begun = datetime.fromisoformat(start).replace(tzinfo=zone)
    assert working.after(begun, hours, zone) == datetime.fromisoformat(due).replace(tzinfo=zone)
