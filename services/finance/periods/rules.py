"""Which day a fact is posted on, and when a period may be opened or closed. Pure."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared.i18n import Bilingual
from shared.lifecycle import Action, Lifecycle
from shared.problems import Conflict, NotFound

LIFECYCLE = Lifecycle(
    ("open", "closed"),
    Action("close", frozenset({"open"}), "closed", "finance.period.close"),
    Action(
        "reopen",
        frozenset({"closed"}),
        "open",
        "finance.period.reopen",
        requires=frozenset({"note"}),
    ),
)


class PeriodClosed(Conflict):
    title = Bilingual("No open period can take this posting", "没有可记账的会计期间")
    lifted_by = Bilingual("The finance manager can open a period", "财务经理可开启会计期间")


class PeriodExists(Conflict):
    title = Bilingual("Periods follow one another without gaps", "会计期间必须连续，不能重复或跳过")
    lifted_by = Bilingual("Open the period named", "请开启所指明的期间")


class PeriodUnknown(NotFound):
    title = Bilingual("There is no such period", "没有此会计期间")


class PeriodNotReady(Conflict):
    title = Bilingual(
        "The period cannot be closed: its checks show differences", "期间检查存在差异，不能结账"
    )
    lifted_by = Bilingual("Settle what the checks name", "请先处理所列差异")


@dataclass(frozen=True, slots=True)
class Period:
    period: str
    first: date
    last: date
    state: str


def month_of(first: date) -> Period:
    """The calendar month that a day lies in, as a period to be opened."""
    start = first.replace(day=1)
    last = start.replace(day=monthrange(start.year, start.month)[1])
    return Period(f"{start:%Y%m}", start, last, "open")


def next_first(periods: Sequence[Period]) -> date | None:
    """The first day of the only period that may be opened next; None: any may be the first."""
    return max(one.last for one in periods) + timedelta(days=1) if periods else None


def posting_day(business_on: date, periods: Sequence[Period]) -> tuple[date, Period]:
    """The business day when its period is open, else the first day of the first open one after.

    A fact older than every open period takes the first open day; one later than all of them, or
    without any open period, raises PeriodClosed.
    """
    still_open = sorted((one for one in periods if one.state == "open"), key=lambda one: one.first)
    for one in still_open:
        if business_on <= one.last:
            return max(business_on, one.first), one
    raise PeriodClosed(business_on=business_on, open=[one.period for one in still_open])
