"""The compiled engine's driver: snapshots in, plans out, and net change on a standing plan.

Imported only through `engines.py`, in the process that plans.
"""

from array import array
from collections.abc import Callable
from typing import cast

import numpy as np

from services.production.mrp.engine import gross_kernel, kernel, replan_kernel
from services.production.mrp.engine.columns import (
    Arena,
    Columns,
    Ints,
    Layers,
    Log,
    Scratch,
    Spares,
)
from services.production.mrp.engine.plan import WIDTH, Plan, Taken, none_taken
from services.production.mrp.engine.snapshot import Alternates, Rows, Snapshot

# Compiled functions have no static types: here is what they answer.
Count = Callable[..., int]
PLAN_FROM = cast("Count", kernel.plan_from)  # pyright: ignore[reportUnknownMemberType]
REPLAN = cast("Count", replan_kernel.replan)  # pyright: ignore[reportUnknownMemberType]
GATHER = cast("Callable[..., None]", replan_kernel.gather)  # pyright: ignore[reportUnknownMemberType]
WANTED = cast("Count", replan_kernel.wanted)  # pyright: ignore[reportUnknownMemberType]
ORDERS_PER_ITEM = 160  # room at first; only what is written takes memory
CHANGES_PER_ITEM = 16  # of a net change, on the average, that find room; likewise
GROSS_MOST = 2**28  # bytes of gross needs that are kept; a year of 100,000 items takes 146 MB
ALTERNATES = Columns._fields[-7:]
ROWS = ("left", "gross", "kept")  # of an arena: what is kept by item, and step or bucket


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
        orders, taken = max(items * ORDERS_PER_ITEM, 1), places(len(self.columns.main))
        self.arena = with_rows(room(items, orders, taken), snapshot.buckets)
        begin = 0
        while begin < items:
            begin = PLAN_FROM(self.columns, self.arena, begin, self.rows)
            if begin < items:
                self.arena = larger(self.arena)
        self.since = np.full(items, gross_kernel.CLEAN, np.int32)
        self.log = log_of(items)
        self.children: tuple[Ints, Ints] | None = None

    def expect_changes(self) -> None:
        """Lay out what net change walks along, while nobody waits; the first one would have to."""
        if self.children is None:
            self.children = components(self.columns, self.snapshot.alternates)

    @property
    def plan(self) -> Plan:
        """The orders as they stand; a view, not a copy."""
        used = int(self.arena.tally[kernel.USED])
        arena = self.arena
        return Plan(
            at=arena.at.data,
            count=arena.counts.data,
            need=arena.need[:used].data,
            release=arena.release[:used].data,
            start=arena.start[:used].data,
            quantity=arena.quantity[:used].data,
            taken=self.taken,
        )

    @property
    def taken(self) -> Taken:
        arena = self.arena
        if not arena.tally[kernel.TOOK]:
            return none_taken()
        rows = arena.taken[: int(arena.tally[kernel.TOOK])].reshape(-1)
        return Taken(arena.taken_at.data, arena.taken_counts.data, rows.data)

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
        if snapshot.used is not self.snapshot.used:
            self.children = None
        self.snapshot, self.columns = snapshot, columns_of(snapshot)
        if check is not None:
            check(self)
        self.rows = scratch(snapshot)
        return self.replan(places)

    def replan(self, places: Ints) -> tuple[Ints, Ints]:
        """Plan these items anew and what they reach: all that were planned, those that moved."""
        self.expect_changes()
        assert self.children is not None
        self.since[places] = gross_kernel.ANEW
        for item in places.tolist() if self.snapshot.alternates.main else ():
            for main in self.snapshot.alternates.mains_of(
                item
            ):  # it may have less to spare, or more
                self.since[main] = min(self.since[main], 0)
        marks = np.zeros(len(self.since), np.uint8)
        self.log.counts[:] = self.log.tally[:] = 0
        rest = (self.log, self.since, *self.children, marks, self.rows)
        while REPLAN(self.columns, self.arena, *rest) < len(marks):
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
        *(own(getattr(snapshot.alternates, name.removeprefix("alt_"))) for name in ALTERNATES),
    )
    return Columns._make(parts)


def scratch(snapshot: Snapshot) -> Scratch:
    buckets = snapshot.buckets
    most = int(np.diff(np.asarray(memoryview(snapshot.lots.at))).max(initial=0))
    layers = most + 2 * buckets + 4
    gross, arriving, safety = (np.zeros(buckets, np.int64) for _ in range(3))
    return Scratch(gross, arriving, safety, empty(layers), empty(layers), spares(snapshot))


def spares(snapshot: Snapshot) -> Spares:
    """Rows for as many substitutes as any item has."""
    own = snapshot.alternates
    most = max((len(own.of(main)) for main in set(own.main)), default=0)
    gross, arriving, safety, least = (np.zeros((most, snapshot.buckets), np.int64) for _ in "1234")
    given, item = np.zeros(most, np.int64), np.zeros(most, np.int64)
    return Spares(np.zeros(1, np.int64), item, gross, arriving, safety, least, given)


def empty(layers: int) -> Layers:
    """Room for a shelf: state, last usable buckets, quantities."""
    return np.zeros(3, np.int64), np.zeros(layers, np.int64), np.zeros(layers, np.int64)


def places(pairs: int) -> int:
    """Room for substitutions at first; none where nothing may stand in."""
    return max(pairs * ORDERS_PER_ITEM, 1) if pairs else 0


def room(items: int, orders: int, taken: int) -> Arena:
    """Room for orders and substitutions; none yet for what is kept by bucket."""
    mains = items if taken else 0
    return Arena(
        np.zeros(items, np.int64),
        np.zeros(items, np.int64),
        np.zeros(items, np.int64),
        np.empty(orders, np.int32),
        np.empty(orders, np.int32),
        np.empty(orders, np.int64),
        np.empty(orders, np.int64),
        np.zeros(3, np.int64),
        np.zeros(mains, np.int64),
        np.zeros(mains, np.int64),
        np.empty((taken, WIDTH), np.int64),
        np.empty((0, 0), np.int64),
        np.empty((0, 0), np.int32),
        np.empty(0, np.uint8),
    )


def with_rows(arena: Arena, buckets: int) -> Arena:
    """With room for what is left by step, and for gross needs by bucket unless that is too much."""
    items = len(arena.at)
    fits = np.dtype(np.int32).itemsize * items * buckets <= GROSS_MOST
    return arena._replace(
        left=np.zeros((items, buckets // kernel.STEP + 1), np.int64),
        gross=np.empty((items if fits else 0, buckets), np.int32),
        kept=np.zeros(items, np.uint8),
    )


def log_of(items: int) -> Log:
    changes = np.empty((max(items * CHANGES_PER_ITEM, 2), 3), np.int64)
    at, counts = np.zeros(items, np.int64), np.zeros(items, np.int64)
    return Log(at, counts, changes, np.zeros(1, np.int64))


def larger(full: Arena) -> Arena:
    """Twice the room, with all that is written."""
    used = int(full.tally[kernel.USED])
    fresh = room(len(full.at), 2 * len(full.need), 2 * len(full.taken))
    for name in ("need", "release", "start", "quantity"):
        getattr(fresh, name)[:used] = getattr(full, name)[:used]
    took = int(full.tally[kernel.TOOK])
    fresh.taken[:took] = full.taken[:took]
    stands = ("at", "counts", "held", "tally", "taken_at", "taken_counts", *ROWS)
    return fresh._replace(**{name: getattr(full, name) for name in stands})


def roomier(full: Arena) -> Arena:
    """Room again in an arena in which items have moved to the end: what they left is given up.

    Where they left little, or nothing any more, there is twice the room.
    """
    held, taken = int(full.held.sum()), int(full.taken_counts.sum())
    dense = full.tally[kernel.USED] == held and full.tally[kernel.TOOK] == taken
    wanted = WANTED(full)
    if dense or 4 * wanted > 3 * len(full.need) or 4 * taken > 3 * len(full.taken):
        return larger(full)
    fresh = room(len(full.at), len(full.need), len(full.taken))
    GATHER(full, fresh)
    return fresh._replace(**{name: getattr(full, name) for name in ROWS})


def components(columns: Columns, own: Alternates) -> tuple[Ints, Ints]:
    """The items that each item's change may reach: where-used, turned round, and substitutes."""
    edges = np.diff(columns.used_at)
    child = np.repeat(np.arange(len(edges), dtype=np.int64), edges)
    parent = columns.parent
    if own.main:
        further = np.array(sorted(reached(columns, own)), np.int64)
        parent = np.concatenate((parent, further[:, 0]))
        child = np.concatenate((child, further[:, 1]))
    order = np.argsort(parent, kind="stable")
    at = np.zeros(len(edges) + 1, np.int64)
    np.cumsum(np.bincount(parent, minlength=len(edges)), out=at[1:])
    return at, child[order]


def reached(columns: Columns, own: Alternates) -> set[tuple[int, int]]:
    """(item, item reached) by substitution.

    A main item reaches its substitutes, and the later ones that share them; the parents of a
    substitute reach its mains: they leave it less to spare, or more.
    """
    found: set[tuple[int, int]] = set()
    for substitute in set(own.substitute):
        mains = own.mains_of(substitute).tolist()
        own_edges = slice(columns.used_at[substitute], columns.used_at[substitute + 1])
        for parent in columns.parent[own_edges].tolist():
            found.update((parent, main) for main in mains)
        for place, main in enumerate(mains):
            found.add((main, substitute))
            found.update((main, later) for later in mains[place + 1 :])
    return found
