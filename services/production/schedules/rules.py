"""What may be done with a schedule, and what stops it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.production.scheduling.rules import AHEAD, BACK, calendar_of
from shared.business_calendar import WorkingTime
from shared.i18n import Bilingual
from shared.problems import Conflict, NotFound, Refused

FINISHED = ("done", "adopted")
UNFINISHED = ("queued", "running")


class ScheduleNotFound(NotFound):
    title = Bilingual("There is no such schedule", "没有此排程")


class ScheduleNotDone(Conflict):
    title = Bilingual("The schedule has no result", "该排程没有结果")
    lifted_by = Bilingual(
        "Wait until it is done, or start another; results of old ones are given up",
        "等待其完成，或重新排程；较早排程的结果不再保留",
    )


class ScheduleUnderWay(Conflict):
    title = Bilingual("A schedule is being made already", "已有排程正在进行")
    lifted_by = Bilingual("Wait until it is done, or cancel it", "等待其完成，或将其取消")


class ScheduleOver(Conflict):
    title = Bilingual("The schedule has ended: there is nothing to cancel", "排程已结束，无法取消")
    lifted_by = Bilingual(
        "Leave it: what is not adopted changes nothing", "无需处理：未采用的排程不影响任何单据"
    )


class ScheduleInThePast(Refused):
    title = Bilingual("A schedule begins today or later", "排程起始日不能早于今天")


class SchedulePartsUnknown(Refused):
    title = Bilingual(
        "The request names work centres or orders that production does not know",
        "请求引用了生产中不存在的工作中心或订单",
    )


class ScheduleOutrun(Conflict):
    title = Bilingual("Orders have changed since the schedule was made", "排程之后已有订单发生变化")
    lifted_by = Bilingual(
        "Make another schedule: it takes them as they are now", "请重新排程，以订单当前状态为准"
    )


class LaterScheduleAdopted(Conflict):
    title = Bilingual("A later schedule is adopted already", "已采用更晚的排程")
    lifted_by = Bilingual("Adopt the latest schedule", "请采用最新的排程")


def check_done(id: UUID, state: str) -> None:
    if state not in FINISHED:
        raise ScheduleNotDone(schedule_id=id, state=state)


def check_cancel(id: UUID, state: str) -> None:
    if state not in (*UNFINISHED, "cancelled"):
        raise ScheduleOver(schedule_id=id, state=state)


@dataclass(frozen=True, slots=True)
class Seen:
    """An order by number, with the version that a schedule read, or that stands."""

    number: str
    version: int
    state: str = ""


def check_unchanged(seen: Mapping[UUID, Seen], standing: Mapping[UUID, Seen]) -> None:
    """Raises ScheduleOutrun with every order that is not as the schedule took it."""
    changed = [
        {
            "order_id": id,
            "number": one.number,
            "scheduled_version": one.version,
            "version": standing[id].version if id in standing else None,
            "state": standing[id].state if id in standing else "gone",
        }
        for id, one in sorted(seen.items(), key=lambda pair: pair[1].number)
        if id not in standing or standing[id].version != one.version
    ]
    if changed:
        raise ScheduleOutrun(orders=changed[:50], count=len(changed))


def check_known(centres: Iterable[UUID], orders: Iterable[UUID], known: Iterable[UUID]) -> None:
    """Raises SchedulePartsUnknown with the ids that nothing is known of."""
    found = set(known)
    missing = {
        "work_centre_ids": sorted(set(centres) - found),
        "order_ids": sorted(set(orders) - found),
    }
    if any(missing.values()):
        raise SchedulePartsUnknown(**missing)


def begin_of(
    wanted: date | None, today: date, at: datetime, zone: ZoneInfo, working: WorkingTime
) -> tuple[date, dict[str, Any]]:
    """A window's first day and its calendar: by default the next working day.

    Today begins at the next full hour. Raises ScheduleInThePast.
    """
    first = wanted or working.calendar.on_or_after(today + timedelta(days=1))
    if first < today:
        raise ScheduleInThePast(from_on=first, today=today)
    begins = 0
    if first == today and working.calendar.works_on(today):
        begins = minutes_since(working.opens, at.astimezone(zone))
    days = (first + timedelta(days=n) for n in range(-BACK, AHEAD))
    works = [working.calendar.works_on(day) for day in days]
    return first, calendar_of(works, working.opens, zone.key, begins)


def minutes_since(opens: time, local: datetime) -> int:
    """From the opening to the next full hour after it; 0 before the opening."""
    since = (local.hour - opens.hour) * 60 + local.minute - opens.minute
    return max(0, -(-since // 60) * 60)
