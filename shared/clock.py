"""Time is given, never read: the one place where the wall clock is looked at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.business_calendar import WorkingTime


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The company's clock. `offset` moves business time in demo and tests only (decision 5).

    Token expiry and audit use `utc_now`, which no offset moves.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    offset: timedelta = timedelta(0)
    read: Callable[[], datetime] = utc_now
    working: WorkingTime = field(default_factory=WorkingTime)

    def now(self) -> datetime:
        """Business time, aware, in UTC."""
        return self.read() + self.offset

    def today(self) -> date:
        """The business day in the company's zone."""
        return self.now().astimezone(self.zone).date()

    def after_working_hours(self, hours: int) -> datetime:
        """The instant so many working hours from now."""
        return self.working.after(self.now(), hours, self.zone)
