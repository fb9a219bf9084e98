"""The list schedule: serial schedule generation by priority rules. The same shop, the same list.

Of the operations whose forerunners have their place, the one of highest priority is placed at the
earliest time at which a unit of its centre is free for all of it; gaps are filled. Source: Kolisch,
"Serial and parallel resource-constrained project scheduling methods revisited", EJOR 90 (1996).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from heapq import heappop, heappush

from services.production.scheduling.engine.faults import OrdersInACircle
from services.production.scheduling.engine.shop import Job, Schedule, Shop, objective

Rank = tuple[int | str, ...]  # the least comes first
Ranks = list[list[int]]  # by job, then by task: the minute of the shop in which it begins
Priority = Callable[[int, int], Rank]  # of a job and a task, by their places


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


BANDS = (1, 3, 10, 30)  # working days
SHARE = 1000  # of a minute, so that weights divide whole numbers finely


def list_schedule(shop: Shop) -> Schedule:
    """The best of the lists by each rule; of equal ones the first rule's.

    Which rule serves best depends on the shop: by due dates where most can be in time, by short
    work where few can. All together take milliseconds.
    """
    lists = (placed(shop, rule) for rule in rules(shop))
    return min(lists, key=lambda one: objective(shop, one))


def rules(shop: Shop) -> Iterator[Priority]:
    """Due date (then slack); slack; operation's due date; bands of it, then short work; short work.

    Slack is due less release less work. An operation's due date leaves time for what follows it.
    Short work is what is left of the job from the operation on, by its weight. Ties go by id.
    """
    jobs = shop.jobs
    left = [remaining(job) for job in jobs]
    slack = [one.due - one.release - work[0] for one, work in zip(jobs, left, strict=True)]

    def short(job: int, task: int) -> int:
        return left[job][task] * SHARE // jobs[job].weight

    def banded(minutes: int) -> Priority:
        def rule(job: int, task: int) -> Rank:
            band = max(jobs[job].due - left[job][task], 0) // minutes
            return (band, short(job, task), jobs[job].id, task)

        return rule

    yield lambda job, task: (jobs[job].due, slack[job], jobs[job].id, task)
    yield lambda job, task: (slack[job], jobs[job].id, task)
    yield lambda job, task: (jobs[job].due - left[job][task], jobs[job].id, task)
    yield from (banded(days * shop.day) for days in BANDS)
    yield lambda job, task: (short(job, task), jobs[job].id, task)


def remaining(job: Job) -> list[int]:
    """Minutes of work from each of the job's tasks on."""
    minutes = [task.minutes for task in job.tasks]
    return [sum(minutes[place:]) for place in range(len(minutes))]


def moved_left(shop: Shop, schedule: Schedule) -> Schedule:
    """Every operation as early as the others allow, in the order in which they begin.

    None begins later than it did: what is placed in the order of a schedule that holds finds its
    own place free.
    """
    return by_ranks(shop, ranks_of(shop, schedule))


def ranks_of(shop: Shop, schedule: Schedule) -> Ranks:
    return [
        [
            shop.started(shop.centres[task.centre], at)
            for task, at in zip(job.tasks, starts, strict=True)
        ]
        for job, starts in zip(shop.jobs, schedule.starts, strict=True)
    ]


def by_ranks(shop: Shop, ranks: Ranks) -> Schedule:
    """Place by these ranks, the least first; ties go by the order's id."""
    return placed(shop, lambda job, task: (ranks[job][task], shop.jobs[job].id, task))


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
    eligible: list[tuple[Rank, int]] = []
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
