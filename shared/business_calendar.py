"""Working days of a company: weekdays, less its holidays, plus the days it works in exchange. Pure.

Chinese statutory holidays move working days onto weekends (调休), so both lists are data of the
year, given by the company; nothing is built in that a notice of next year would make wrong.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.i18n import Bilingual
from shared.problems import Refused

SATURDAY = 5
DAYS_MAX = 3660  # ten years: a calendar without any working day is an error, not an endless search


class NoWorkingDay(Refused):
    title = Bilingual("The calendar has no working day in reach", "日历在可及范围内没有工作日")
    lifted_by = Bilingual("The administrator can correct the calendar", "由系统管理员修正工作日历")


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """`holidays` are free although weekdays; `workdays` are worked although on a weekend."""

    holidays: Collection[date] = field(default_factory=frozenset[date])
    workdays: Collection[date] = field(default_factory=frozenset[date])

    def works_on(self, day: date) -> bool:
        if day in self.workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        """The day itself when it is worked, else the next working day."""
        return self.step(day, 0, 1)

    def on_or_before(self, day: date) -> date:
        """The day itself when it is worked, else the last working day before it."""
        return self.step(day, 0, -1)

    def add(self, day: date, working_days: int) -> date:
        """The day so many working days later, or earlier when negative; 0 is `on_or_after`."""
        direction = 1 if working_days >= 0 else -1
        return self.step(day, abs(working_days), direction)

    def step(self, day: date, count: int, direction: int) -> date:
        current, left = day, count
        for _ in range(DAYS_MAX):
            if self.works_on(current) and left == 0:
                return current
            current += timedelta(days=direction)
            if self.works_on(current):
                left = max(left - 1, 0)
        raise NoWorkingDay(start=day, working_days=count * direction)

    def between(self, first: date, last: date) -> int:
        """Working days from `first` to `last`, both counted; 0 when `last` is before `first`."""
        days = (last - first).days + 1
        return sum(self.works_on(first + timedelta(days=place)) for place in range(max(days, 0)))


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The hours of a company's working days, by which a due time is counted."""

    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)
    opens: time = time(9)
    closes: time = time(18)  # later than `opens`, on the same day

    @property
    def hours_per_day(self) -> int:
        """Whole hours of one working day; a due time in days is this many hours each."""
        return max(1, self.closes.hour - self.opens.hour)

    def after(self, start: datetime, hours: int, zone: ZoneInfo) -> datetime:
        """The instant so many working hours after `start`; nights and free days do not count.

        Hours that end with the day are due that evening, not the next morning.
        """
        left, local = timedelta(hours=hours), start.astimezone(zone)
        day = local.date()
        while True:
            opens, closes = (datetime.combine(day, at, zone) for at in (self.opens, self.closes))
            begin = max(local, opens)
            if self.calendar.works_on(day) and begin < closes:
                if left <= closes - begin:
                    return (begin + left).astimezone(start.tzinfo)
                left -= closes - begin
            day = self.calendar.on_or_after(day + timedelta(days=1))
