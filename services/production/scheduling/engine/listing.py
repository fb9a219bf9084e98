"""The list schedule: serial schedule generation by a priority rule. The same shop, the same list.

Of the operations whose forerunners have their place, the one of highest priority is placed at the
earliest time at which a unit of its centre is free for all of it; gaps are filled. Source: Kolisch,
"Serial and parallel resource-constrained project scheduling methods revisited", EJOR 90 (1996).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from heapq import heappop, heappush

from services.production.scheduling.engine.faults import OrdersInACircle
from services.production.scheduling.engine.shop import Job, Schedule, Shop

Priority = Callable[[int, int], tuple[int | str, ...]]  # of (job, task): the least comes first


class Lane:
    """One unit of a centre: the spans of own time that are taken, in order, none touching."""

    def __init__(self) -> None:
        self.begins: list[int] = []
        self.ends: list[int] = []

    def earliest(self, ready: int, minutes: int) -> int:
        """The first minute from `ready` on at which so many are free in one piece."""
        place = bisect_right(self.ends, ready)
        at = ready
        while place < len(self.begins) and self.begins[place] < at + minutes:
            at = self.ends[place]
            place += 1
        return at

    def take(self, at: int, minutes: int) -> None:
        place = bisect_right(self.begins, at)
        self.begins.insert(place, at)
        self.ends.insert(place, at + minutes)


def list_schedule(shop: Shop) -> Schedule:
    """By due date, then slack (due less release less work), then the order's id and operation."""

    def rule(job: int, task: int) -> tuple[int | str, ...]:
        one = shop.jobs[job]
        work = sum(each.minutes for each in one.tasks)
        return (one.due, one.due - one.release - work, one.id, task)

    ranks = [rule(job, 0) for job in range(len(shop.jobs))]
    return placed(shop, lambda job, task: (*ranks[job][:3], task))


def moved_left(shop: Shop, schedule: Schedule) -> Schedule:
    """Every operation as early as the others allow, in the order in which they begin.

    None begins later than it did: what is placed in the order of a schedule that holds finds its
    own place free.
    """
    begins = [
        [
            shop.started(shop.centres[task.centre], at)
            for task, at in zip(job.tasks, starts, strict=True)
        ]
        for job, starts in zip(shop.jobs, schedule.starts, strict=True)
    ]
    return placed(shop, lambda job, task: (begins[job][task], shop.jobs[job].id, task))


def placed(shop: Shop, priority: Priority) -> Schedule:
    """Serial generation. Raises OrdersInACircle when jobs wait for one another."""
    lanes = [[Lane() for _ in range(centre.units)] for centre in shop.centres]
    waiting = [len(job.after) for job in shop.jobs]
    followers: defaultdict[int, list[int]] = defaultdict(list)
    for place, job in enumerate(shop.jobs):
        for before in job.after:
            followers[before].append(place)
    ready = [job.release for job in shop.jobs]
    starts: list[list[int]] = [[] for _ in shop.jobs]
    eligible: list[tuple[tuple[int | str, ...], int]] = []
    for place, count in enumerate(waiting):
        if count == 0:
            heappush(eligible, (priority(place, 0), place))
    while eligible:
        _, place = heappop(eligible)
        job = shop.jobs[place]
        ready[place] = place_next(shop, job, starts[place], ready[place], lanes)
        if len(starts[place]) < len(job.tasks):
            heappush(eligible, (priority(place, len(starts[place])), place))
            continue
        for follower in followers[place]:
            ready[follower] = max(ready[follower], ready[place])
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heappush(eligible, (priority(follower, 0), follower))
    if stuck := [shop.jobs[place].id for place, count in enumerate(waiting) if count > 0]:
        raise OrdersInACircle(orders=stuck[:20], count=len(stuck))
    return Schedule(tuple(map(tuple, starts)))


def place_next(shop: Shop, job: Job, starts: list[int], ready: int, lanes: list[list[Lane]]) -> int:
    """Place a job's next task; returns the minute of the shop by which it has ended."""
    task = job.tasks[len(starts)]
    centre = shop.centres[task.centre]
    at = shop.opens(centre, ready)
    if centre.units:
        offers = [lane.earliest(at, task.minutes) for lane in lanes[task.centre]]
        at = min(offers)
        lanes[task.centre][offers.index(at)].take(at, task.minutes)
    starts.append(at)
    return shop.ended(centre, at + task.minutes)
