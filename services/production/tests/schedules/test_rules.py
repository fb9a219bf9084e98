"""When a window begins, and which orders a schedule is outrun by."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.production.schedules.queries import schedule_shown
from services.production.schedules.rules import (
    ScheduleInThePast,
    ScheduleOutrun,
    Seen,
    begin_of,
    check_unchanged,
)
from services.production.schedules.tables import PlanSchedule
from services.production.scheduling.rules import BACK
from shared.business_calendar import BusinessCalendar, WorkingTime

FRIDAY = date(2026, 3, 6)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKING = WorkingTime(BusinessCalendar(holidays={date(2026, 3, 9)}), time(8, 30))


def test_a_window_begins_on_the_next_working_day_by_default() -> None:
    first, calendar = begin_of(None, FRIDAY, datetime(2026, 3, 6, 4, tzinfo=UTC), SHANGHAI, WORKING)
    assert first == date(2026, 3, 10), "the weekend and the holiday are free"
    assert (calendar["begins"], calendar["opens"], calendar["zone"]) == (
        0, "08:30:00", "Asia/Shanghai",
    )  # fmt: skip
    assert calendar["working"][BACK - 4 : BACK + 5] == "100011110"


@pytest.mark.parametrize(
    ("hour", "minute", "begins"), [(0, 0, 0), (0, 30, 0), (0, 31, 60), (4, 30, 240), (9, 0, 540)]
)
def test_today_begins_at_the_next_full_hour_since_opening(
    hour: int, minute: int, begins: int
) -> None:
    at = datetime(2026, 3, 6, hour, minute, tzinfo=UTC)  # 8 hours behind
    assert begin_of(FRIDAY, FRIDAY, at, SHANGHAI, WORKING)[1]["begins"] == begins
    free = date(2026, 3, 7)
    assert begin_of(free, free, at + timedelta(days=1), SHANGHAI, WORKING)[1]["begins"] == 0


def test_yesterday_is_refused() -> None:
    at = datetime(2026, 3, 6, 4, tzinfo=UTC)
    with pytest.raises(ScheduleInThePast):
        begin_of(FRIDAY - timedelta(days=1), FRIDAY, at, SHANGHAI, WORKING)


def test_a_changed_and_a_gone_order_are_named() -> None:
    seen = {UUID(int=n): Seen(f"MO-{n}", 3) for n in (1, 2, 3)}
    check_unchanged(seen, seen)
    standing = {UUID(int=1): Seen("MO-1", 4, "paused"), UUID(int=2): Seen("MO-2", 3)}
    with pytest.raises(ScheduleOutrun) as refused:
        check_unchanged(seen, standing)
    named = [(one["number"], one["version"]) for one in refused.value.members["orders"]]
    assert named == [("MO-1", 4), ("MO-3", None)]


@pytest.mark.parametrize(
    ("ended_by", "said"), [("no_solver", "OR-tools"), ("clock", "The clock"), ("work", None)]
)
def test_what_an_answer_is_worth_is_said_in_both_languages(ended_by: str, said: str | None) -> None:
    row = PlanSchedule(
        id=UUID(int=1), company_id=UUID(int=2), started_by="user:1", days=5, orders="firmed",
        started_at=datetime(2026, 3, 6, tzinfo=UTC), from_on=FRIDAY, time_limit_seconds=5, seed=0,
        ended_by=ended_by, priorities={str(UUID(int=3)): 4},
    )  # fmt: skip
    shown = schedule_shown(row)
    assert [(one.order_id, one.weight) for one in shown.priorities] == [(UUID(int=3), 4)]
    assert (shown.notice is None) == (shown.notice_zh is None) == (said is None)
    assert said is None or said in str(shown.notice)
