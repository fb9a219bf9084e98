"""A schedule as people see it: which unit of a work centre does what from when until when."""

from heapq import heapify, heappop, heappush

from services.production.scheduling.engine.shop import Centre, Placed, Schedule, Shop

Work = tuple[int, int, int, int]  # begin and end in own time, job, task


def told(shop: Shop, schedule: Schedule) -> list[Placed]:
    """Every operation by job and task; a centre's free unit with the lowest number takes it."""
    by_centre: list[list[Work]] = [[] for _ in shop.centres]
    for place, (job, starts) in enumerate(zip(shop.jobs, schedule.starts, strict=True)):
        for number, (task, at) in enumerate(zip(job.tasks, starts, strict=True)):
            by_centre[task.centre].append((at, at + task.minutes, place, number))
    found = [
        Placed(job, task, unit, shop.started(centre, begin), shop.ended(centre, end))
        for centre, works in zip(shop.centres, by_centre, strict=True)
        for (begin, end, job, task), unit in with_units(centre, sorted(works))
    ]
    return sorted(found, key=lambda one: (one.job, one.task))


def with_units(centre: Centre, works: list[Work]) -> list[tuple[Work, int]]:
    """Units suffice: what overlaps at any minute is no more than the centre has.

    Of more than that the last unit is given twice, for the checker to see.
    """
    if centre.units == 0:
        return [(work, 0) for work in works]
    free = list(range(centre.units))
    heapify(free)
    busy: list[tuple[int, int]] = []  # until when, which unit
    found: list[tuple[Work, int]] = []
    for work in works:
        while busy and busy[0][0] <= work[0]:
            heappush(free, heappop(busy)[1])
        unit = heappop(free) if free else centre.units - 1
        heappush(busy, (work[1], unit))
        found.append((work, unit))
    return found
