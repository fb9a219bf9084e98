"""From orders and routings to works: which order keeps which work centre busy from when until when.

An order is worked on in the working days from its release to its receipt, at least one. Its
operations share this span in proportion to their standard minutes, one after the other, so that
each loads the days of its own part of the lead time evenly. What should have begun already begins
today. Time here is worked days as real numbers from the first day; whole columns throughout.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Pairs = tuple[Ints, Ints]  # of an order and a revision, by their places


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders by item: release and receipt in calendar days from today, `quantity` started."""

    item: Ints
    release: Ints
    receipt: Ints
    quantity: Reals


@dataclass(frozen=True, slots=True)
class Routes:
    """Revisions of routings, `first` to `last` day inclusive, with operations `at[r]:at[r + 1]`.

    `setup` and `run` are standard minutes, once and per stock unit.
    """

    item: Ints
    first: Ints
    last: Ints
    at: Ints
    operation: Ints
    centre: Ints
    setup: Reals
    run: Reals


@dataclass(frozen=True, slots=True)
class Works:
    """One row for each operation of each order; `row` is its place among the routes' operations."""

    order: Ints
    row: Ints
    centre: Ints
    minutes: Reals
    begin: Reals
    end: Reals

    def at(self, centre: int) -> "Works":
        """Only what loads one work centre."""
        own = self.centre == centre
        return Works(*(getattr(self, name)[own] for name in self.__slots__))


def effective_pairs(orders: Orders, routes: Routes) -> Pairs:
    """(order, revision) wherever the revision holds on the day of the order's release.

    Orders stand by item. An order without a revision has no pair.
    """
    low = np.searchsorted(orders.item, routes.item, side="left")
    counts = np.searchsorted(orders.item, routes.item, side="right") - low
    revision = np.repeat(np.arange(len(counts)), counts)
    order = ranges(low, counts)
    day = np.maximum(orders.release[order], 0)
    holds = (routes.first[revision] <= day) & (day <= routes.last[revision])
    return order[holds], revision[holds]


def ranges(begin: Ints, counts: Ints) -> Ints:
    """begin[0], begin[0] + 1 … counts[0] of them, then begin[1] …, in one column."""
    total = int(counts.sum())
    before = np.cumsum(counts) - counts
    return np.arange(total) - np.repeat(before - begin, counts)


def works_of(orders: Orders, routes: Routes, pairs: Pairs, worked: Ints) -> Works:
    """The operations of the pairs in their span. `worked[d]` counts the worked days before day d.

    Operations of no minutes load nothing and are left out.
    """
    order, revision = pairs
    counts = routes.at[revision + 1] - routes.at[revision]
    row = ranges(routes.at[revision], counts)
    pair = np.repeat(np.arange(len(order)), counts)
    minutes = routes.setup[row] + routes.run[row] * orders.quantity[order][pair]
    ends = np.cumsum(minutes)
    offset = np.concatenate(([0.0], ends))[np.cumsum(counts) - counts]
    total = np.add.reduceat(minutes, np.cumsum(counts) - counts) if len(minutes) else ends
    first, span = spans(orders, order, worked)
    share = np.where(total > 0, span / np.where(total > 0, total, 1), 0)[pair]
    begin = first[pair] + np.maximum(ends - minutes - offset[pair], 0) * share
    end = begin + minutes * share
    busy = minutes > 0
    return Works(
        order[pair][busy], row[busy], routes.centre[row][busy], minutes[busy], begin[busy],
        end[busy],
    )  # fmt: skip


def spans(orders: Orders, order: Ints, worked: Ints) -> tuple[Reals, Reals]:
    """From which worked day on, and over how many, each order is worked on."""
    last = len(worked) - 1
    release = np.clip(orders.release[order], 0, last)
    receipt = np.clip(orders.receipt[order], 0, last)
    first = worked[release].astype(np.float64)
    return first, np.maximum(worked[receipt] - first, 1.0)
