"""An independent look at any schedule as it is told, for whether it keeps the shop's laws.

It shares no arithmetic with what makes schedules: it looks at the minutes that are told and walks
the working days between them. Every schedule passes it before it is stored.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.production.scheduling.engine.faults import ScheduleBroken
from services.production.scheduling.engine.shop import Centre, Placed, Shop

TOLD_MAX = 20  # breaches in one message


def check_told(shop: Shop, placed: Sequence[Placed]) -> None:
    """Raises ScheduleBroken with the laws that are broken, and by what."""
    if found := list(breaches(shop, placed)):
        raise ScheduleBroken("; ".join(found[:TOLD_MAX]))


def breaches(shop: Shop, placed: Sequence[Placed]) -> Iterator[str]:
    """What is wrong: missing or twice, free time, order, release, units, units' time."""
    by_job: defaultdict[int, list[Placed]] = defaultdict(list)
    by_unit: defaultdict[tuple[int, int], list[Placed]] = defaultdict(list)
    for one in sorted(placed, key=lambda one: (one.job, one.task)):
        by_job[one.job].append(one)
        by_unit[shop.jobs[one.job].tasks[one.task].centre, one.unit].append(one)
    for place, job in enumerate(shop.jobs):
        if [one.task for one in by_job[place]] != list(range(len(job.tasks))):
            yield f"{job.id}: operations missing or twice"
            return
        yield from of_one_job(shop, by_job[place])
    for place, job in enumerate(shop.jobs):
        for before in job.after:
            if by_job[place][0].begin < by_job[before][-1].end:
                yield f"{job.id} begins before its component {shop.jobs[before].id} has ended"
    for (number, unit), ones in by_unit.items():
        yield from of_one_unit(shop.centres[number], unit, ones)


def of_one_job(shop: Shop, ones: Sequence[Placed]) -> Iterator[str]:
    job = shop.jobs[ones[0].job]
    if ones[0].begin < job.release:
        yield f"{job.id} begins at {ones[0].begin}, before its release at {job.release}"
    for before, after in pairwise(ones):
        if after.begin < before.end:
            yield f"{job.id}: operation {job.tasks[after.task].operation} before the one before it"
    for one in ones:
        task = job.tasks[one.task]
        centre = shop.centres[task.centre]
        name = f"{job.id}: operation {task.operation}"
        if one.begin % shop.day >= centre.minutes or (one.end - 1) % shop.day >= centre.minutes:
            yield f"{name} begins or ends when {centre.id} is closed"
        elif (worked := open_minutes(shop, centre, one.begin, one.end)) != task.minutes:
            yield f"{name} takes {worked} minutes instead of {task.minutes}"


def open_minutes(shop: Shop, centre: Centre, begin: int, end: int) -> int:
    """Minutes that the centre works between two minutes of the shop, day by day."""
    total = 0
    for day in range(begin // shop.day, (end - 1) // shop.day + 1):
        opens = day * shop.day
        total += max(0, min(end, opens + centre.minutes) - max(begin, opens))
    return total


def of_one_unit(centre: Centre, unit: int, ones: Sequence[Placed]) -> Iterator[str]:
    if centre.units == 0:
        return
    if not 0 <= unit < centre.units:
        yield f"{centre.id} has no unit {unit}"
    ordered = sorted(ones, key=lambda one: one.begin)
    for before, after in pairwise(ordered):
        if after.begin < before.end:
            yield f"{centre.id}: unit {unit} has two operations at minute {after.begin}"
            return
