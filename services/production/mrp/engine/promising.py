"""Capable to promise: the earliest day on which more can be had, by net change on a standing plan.

Imported only where numba is to be had.
"""

import numpy as np

from services.production.mrp.engine.compiled import Standing
from services.production.mrp.engine.snapshot import Snapshot


def earliest(snapshot: Snapshot, item: int, quantity: int) -> int | None:
    """The first bucket for which a further demand makes no further order start before today.

    Nor may it wait for the end of an item's planning fence: what is ordered for the first need
    after the fence may have been wanted inside it.

    Each probe replans what the demand changes, and is taken back. The later the demand, the less
    is past due, so the bucket is found by halving.
    """
    standing = Standing(snapshot)
    known = late_of_all(standing)
    low, high = 0, snapshot.buckets
    while low < high:
        middle = (low + high) // 2
        if late_after(standing, item, middle, quantity, known):
            low = middle + 1
        else:
            high = middle
    return low if low < snapshot.buckets else None


def late_after(
    standing: Standing, item: int, bucket: int, quantity: int, known: dict[int, int]
) -> bool:
    """Whether the demand makes more start before today; the plan is afterwards as it was."""
    changed = standing.add_demand(item, bucket, quantity)
    late = any(late_of(standing, one) > known.get(one, 0) for one in changed)
    del standing.snapshot.extra[-3:]
    extra = np.array(standing.snapshot.extra, np.int64)
    standing.columns = standing.columns._replace(extra=extra)
    standing.change(item)
    return late


def late_of(standing: Standing, item: int) -> int:
    """How much the item's orders should have started before today, or had to wait for its fence."""
    fence = standing.snapshot.fence[item]
    return sum(
        order.start
        for order in standing.plan.of(item)
        if order.release < 0 or (fence and order.need == fence)
    )


def late_of_all(standing: Standing) -> dict[int, int]:
    arena = standing.arena
    late = np.flatnonzero(arena.release[: int(arena.tally[0])] < 0)
    items = np.unique(np.searchsorted(arena.at, late, side="right") - 1)
    fenced = np.flatnonzero(np.asarray(memoryview(standing.snapshot.fence)))
    known = {*map(int, items), *map(int, fenced)}
    return {item: late_of(standing, item) for item in sorted(known)}
