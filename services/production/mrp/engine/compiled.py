"""The compiled engine's driver: snapshots in, plans out, and net change on a standing plan.

Imported only through `engines.py`, in the process that plans.
"""

from array import array
from collections.abc import Callable
from typing import cast

import numpy as np

from services.production.mrp.engine import kernel, replan_kernel
from services.production.mrp.engine.columns import Arena, Columns, Ints, Layers, Scratch
from services.production.mrp.engine.plan import Plan
from services.production.mrp.engine.snapshot import Rows, Snapshot

# Compiled functions have no static types: here is what they answer.
Count = Callable[..., int]
PLAN_FROM = cast("Count", kernel.plan_from)  # pyright: ignore[reportUnknownMemberType]
REPLAN = cast("Count", replan_kernel.replan)  # pyright: ignore[reportUnknownMemberType]
GATHER = cast("Callable[..., None]", replan_kernel.gather)  # pyright: ignore[reportUnknownMemberType]
ORDERS_PER_ITEM = 160  # room at first; only what is written takes memory


def plan_compiled(snapshot: Snapshot) -> Plan:
    """Plan every item. One signature with the reference loop."""
    return Standing(snapshot).plan


class Standing:
    """A plan that stands, and is changed by what changes: net change, equal to regeneration."""

    def __init__(self, snapshot: Snapshot, check: "Check | None" = None) -> None:
        """Plan every item, after `check` found the columns fit to plan."""
        self.snapshot = snapshot
        self.columns = columns_of(snapshot)
        if check is not None:
            check(self)
        self.rows = scratch(snapshot)
        items = len(snapshot.ids)
        self.arena = room(items, max(items * ORDERS_PER_ITEM, 1))
        begin = 0
        while begin < items:
            begin = PLAN_FROM(self.columns, self.arena, begin, self.rows)
            if begin < items:
                self.arena = larger(self.arena)
        self.since = np.full(items, replan_kernel.CLEAN, np.int32)
        self.children: tuple[Ints, Ints] | None = None

    @property
    def plan(self) -> Plan:
        """The orders as they stand; a view, not a copy."""
        used = int(self.arena.tally[kernel.USED])
        parts = (self.arena.need, self.arena.release, self.arena.start, self.arena.quantity)
        return Plan(
            self.arena.at.data,
            self.arena.counts.data,
            *(part[:used].data for part in parts),
        )

    def add_demand(self, item: int, bucket: int, quantity: int) -> list[int]:
        """One more demand, or less of one when negative; the items whose orders changed."""
        self.snapshot.extra.extend((item, bucket, quantity))
        extra = np.array(self.snapshot.extra, np.int64)
        self.columns = self.columns._replace(extra=extra)
        return self.change(item)

    def add_stock(self, item: int, quantity: int) -> list[int]:
        """So much more stock without expiry, or less; the items whose orders changed."""
        self.columns.stock[item] += quantity  # the snapshot's own memory
        return self.change(item)

    def change(self, item: int) -> list[int]:
        """Replan an item and what its change reaches; the items whose orders are others now."""
        moved: list[int] = self.replan(np.array([item]))[1].tolist()
        return moved

    def rebase(
        self, snapshot: Snapshot, places: Ints, check: "Check | None" = None
    ) -> tuple[Ints, Ints]:
        """Go by another snapshot of the same structure, which differs at these items.

        Answers as `replan`. What `check` refuses leaves the plan unfit for use.
        """
        self.snapshot, self.columns = snapshot, columns_of(snapshot)
        if check is not None:
            check(self)
        self.rows = scratch(snapshot)
        return self.replan(places)

    def replan(self, places: Ints) -> tuple[Ints, Ints]:
        """Plan these items anew and what they reach: all that were planned, those that moved."""
        if self.children is None:
            self.children = components(self.columns)
        self.since[places] = 0
        marks = np.zeros(len(self.since), np.uint8)
        rest = (*self.children, marks, self.rows)
        while REPLAN(self.columns, self.arena, self.since, *rest) < len(marks):
            self.arena = roomier(self.arena)
        return np.flatnonzero(marks), np.flatnonzero(marks == replan_kernel.MOVED)


Check = Callable[[Standing], None]


def columns_of(snapshot: Snapshot) -> Columns:
    """The snapshot's memory as numpy arrays, nothing copied."""

    def own(values: "array[int]") -> Ints:
        return np.asarray(memoryview(values))

    def dated(rows: Rows) -> tuple[Ints, Ints, Ints]:
        return own(rows.at), own(rows.bucket), own(rows.quantity)

    used = snapshot.used
    parts = (
        np.int64(snapshot.buckets),
        *(own(getattr(snapshot, name)) for name in Columns._fields[1:16]),
        own(snapshot.workdays.number),
        own(snapshot.workdays.bucket),
        *(own(one) for one in (used.at, used.parent, used.numerator, used.denominator)),
        own(used.first),
        own(used.last),
        *dated(snapshot.demand),
        *dated(snapshot.receipts),
        *dated(snapshot.lots),
        *dated(snapshot.safety),
        np.array(snapshot.extra, np.int64),
    )
    return Columns._make(parts)


def scratch(snapshot: Snapshot) -> Scratch:
    buckets = snapshot.buckets
    most = int(np.diff(np.asarray(memoryview(snapshot.lots.at))).max(initial=0))
    layers = most + 2 * buckets + 4
    gross, arriving, safety = (np.zeros(buckets, np.int64) for _ in range(3))
    return Scratch(gross, arriving, safety, empty(layers), empty(layers))


def empty(layers: int) -> Layers:
    """Room for a shelf: state, last usable buckets, quantities."""
    return np.zeros(3, np.int64), np.zeros(layers, np.int64), np.zeros(layers, np.int64)


def room(items: int, orders: int) -> Arena:
    return Arena(
        np.zeros(items, np.int64),
        np.zeros(items, np.int64),
        np.empty(orders, np.int32),
        np.empty(orders, np.int32),
        np.empty(orders, np.int64),
        np.empty(orders, np.int64),
        np.zeros(2, np.int64),
    )


def larger(full: Arena) -> Arena:
    """Twice the room, with all that is written."""
    used = int(full.tally[kernel.USED])
    fresh = room(len(full.at), 2 * len(full.need))
    for name in ("need", "release", "start", "quantity"):
        getattr(fresh, name)[:used] = getattr(full, name)[:used]
    return fresh._replace(at=full.at, counts=full.counts, tally=full.tally)


def roomier(full: Arena) -> Arena:
    """Room again in an arena in which items have moved to the end: what they left is given up."""
    live = int(full.counts.sum())
    if 4 * live > 3 * len(full.need):
        return larger(full)
    fresh = room(len(full.at), len(full.need))
    GATHER(full, fresh)
    return fresh


def components(columns: Columns) -> tuple[Ints, Ints]:
    """The items that each item's orders need: where-used, turned round."""
    edges = np.diff(columns.used_at)
    child = np.repeat(np.arange(len(edges), dtype=np.int64), edges)
    order = np.argsort(columns.parent, kind="stable")
    at = np.zeros(len(edges) + 1, np.int64)
    np.cumsum(np.bincount(columns.parent, minlength=len(edges)), out=at[1:])
    return at, child[order]
