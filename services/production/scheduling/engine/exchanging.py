"""Making a schedule better by exchanges: shift an order's operations in the list, place anew, keep.

A local search that counts the operations it places, not the time it takes: the same shop, seed and
count give the same schedule on any machine.
"""

from random import Random

from services.production.scheduling.engine.listing import Ranks, by_ranks, ranks_of
from services.production.scheduling.engine.shop import Schedule, Shop, lateness, objective
from services.production.scheduling.engine.watching import Search

PARTS = (8, 2)  # of a day, for small shifts
DAYS = (2, 6)  # for large ones
LATE_SHARE, EARLIER_SHARE, WHOLE_SHARE = 0.6, 0.7, 0.5
MOVES = (1, 1, 2, 3)  # orders shifted at once


def exchanged(
    shop: Shop, schedule: Schedule, bound: int, placements: int, chance: Random, search: Search
) -> Schedule:
    """Never worse than what is given; until the bound, so many placements, or the search's end."""
    best, reached = schedule, objective(shop, schedule)
    ranks = ranks_of(shop, schedule)
    size = sum(len(job.tasks) for job in shop.jobs)
    for _ in range(placements // max(size, 1)):
        if reached <= bound or search.left() <= 0:
            break
        tried = shifted(shop, ranks, lateness(shop, best), chance)
        fresh = by_ranks(shop, tried)
        found = objective(shop, fresh)
        if found <= reached:
            if found < reached:
                search.improved(found)
            best, reached, ranks = fresh, found, ranks_of(shop, fresh)
    return best


def shifted(shop: Shop, ranks: Ranks, late: list[int], chance: Random) -> Ranks:
    """Some orders, late ones rather, are to come earlier or later: wholly, or from a task on."""
    tried = [list(own) for own in ranks]
    lates = [job for job, minutes in enumerate(late) if minutes]
    for _ in range(chance.choice(MOVES)):
        job = chance.randrange(len(ranks))
        if lates and chance.random() < LATE_SHARE:
            job = chance.choice(lates)
        span = chance.choice(
            (*(shop.day // part + 1 for part in PARTS), *(shop.day * n for n in DAYS))
        )
        shift = chance.randint(-span, span)
        if late[job] and chance.random() < EARLIER_SHARE:
            shift = -abs(shift)
        first = 0 if chance.random() < WHOLE_SHARE else chance.randrange(len(tried[job]))
        tried[job][first:] = [rank + shift for rank in tried[job][first:]]
    return tried
