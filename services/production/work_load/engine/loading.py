"""The load of work centres by day, from works: sums over whole columns."""

from collections.abc import Iterator

import numpy as np

from services.production.work_load.engine.works import (
    Ints,
    Orders,
    Pairs,
    Reals,
    Routes,
    Works,
    works_of,
)

MOMENT = 1e-12  # of a day
AT_A_TIME = 200_000  # pairs of an order and its routing


def load_by_day(works: Works, centres: int, days: int) -> Reals:
    """Minutes by work centre and worked day, shape (centres, days); what lies beyond is left out.

    A work adds its rate from its begin on and takes it off from its end on; a part of a day counts
    as its part. The running sum over the days is the load.
    """
    width = days + 2
    rate = rates(works)
    change = np.zeros(centres * width)
    for moment, sign in ((works.begin, 1.0), (works.end, -1.0)):
        day = np.minimum(np.floor(moment).astype(np.int64), days)
        part = np.clip(moment - day, 0.0, 1.0)
        place = works.centre * width + day
        change += np.bincount(place, sign * rate * (1 - part), centres * width)
        change += np.bincount(place + 1, sign * rate * part, centres * width)
    load = np.cumsum(change.reshape(centres, width), axis=1)[:, :days]
    return np.maximum(load, 0.0)


def minutes_within(works: Works, first: int, until: int) -> Reals:
    """Of each work the minutes that fall into the worked days from `first` up to before `until`."""
    overlap = np.minimum(works.end, until) - np.maximum(works.begin, first)
    within: Reals = np.maximum(overlap, 0.0) * rates(works)
    return within


def rates(works: Works) -> Reals:
    """Minutes of work a worked day; a span too short to be told from none counts as a moment."""
    rate: Reals = works.minutes / np.maximum(works.end - works.begin, MOMENT)
    return rate


def by_parts(orders: Orders, routes: Routes, pairs: Pairs, worked: Ints) -> Iterator[Works]:
    """The works of all pairs, some at a time: memory stays small."""
    for begin in range(0, len(pairs[0]), AT_A_TIME):
        some = (pairs[0][begin : begin + AT_A_TIME], pairs[1][begin : begin + AT_A_TIME])
        yield works_of(orders, routes, some, worked)
