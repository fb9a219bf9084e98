"""Orders and routings laid out in columns: those of a plan, and those that there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np

from services.production.mrp.engine.read_rows import Keyed
from services.production.mrp.rules import Desk
from services.production.scheduling.rules import ReadOperation, ReadOrder
from services.production.work_load.engine.works import (
    Ints,
    Orders,
    Pairs,
    Reals,
    Routes,
    effective_pairs,
    ranges,
)

MILLION = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Part:
    """Orders with their routings; `source` holds each order's place where it came from."""

    orders: Orders
    routes: Routes
    pairs: Pairs
    source: Ints

    @property
    def without(self) -> int:
        """How many orders have no routing, so that they load nothing."""
        return len(self.orders.item) - len(np.unique(self.pairs[0]))


def real_part(
    orders: Sequence[ReadOrder],
    operations: Sequence[ReadOperation],
    centres: Mapping[UUID, int],
    today: date,
) -> Part:
    """Orders with what remains of each: every order has a routing of its own."""
    by_order: defaultdict[UUID, list[ReadOperation]] = defaultdict(list)
    for one in operations:
        by_order[one.order_id].append(one)
    kept = [(place, one) for place, one in enumerate(orders) if by_order[one.id]]
    rows = [each for _, one in kept for each in by_order[one.id]]
    counts = np.array([len(by_order[one.id]) for _, one in kept], np.int64)
    own = np.arange(len(kept))
    columns = Orders(
        own,
        np.array([(one.start_on - today).days for _, one in kept], np.int64),
        np.array([(one.due_on - today).days for _, one in kept], np.int64),
        np.array([float(one.quantity) for _, one in kept], np.float64),
    )
    routes = Routes(
        own, own * 0, own * 0, np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.array([one.operation for one in rows], np.int64),
        np.array([centres[one.work_centre_id] for one in rows], np.int64),
        np.array([float(one.setup_minutes) for one in rows], np.float64),
        np.array([float(one.run_minutes) for one in rows], np.float64),
    )  # fmt: skip
    return Part(columns, routes, (own, own), np.array([place for place, _ in kept], np.int64))


def plan_part(desk: Desk, told: Keyed, centres: Mapping[bytes, int]) -> Part:
    """A plan's orders of items that have a routing. `told` holds routing operations by item.

    Orders of made items without one are not counted: a plan has orders to buy among them.
    """
    routes = routes_of(desk, told, centres)
    plan, snapshot = desk.plan, desk.snapshot
    items = np.unique(routes.item)
    at, count = np.asarray(plan.at)[items], np.asarray(plan.count)[items]
    source = ranges(at, count)
    item = np.repeat(items, count)
    decimals = np.asarray(memoryview(snapshot.decimals))[item]
    orders = Orders(
        item,
        np.asarray(plan.release)[source].astype(np.int64),
        receipts_of(desk, item, np.asarray(plan.need)[source].astype(np.int64)),
        np.asarray(plan.start)[source] / 10.0**decimals,
    )
    return Part(orders, routes, effective_pairs(orders, routes), source)


def routes_of(desk: Desk, told: Keyed, centres: Mapping[bytes, int]) -> Routes:
    """Revisions by item in planning order, then by first day; operations by number."""
    keys = np.array([UUID(id).bytes for id in desk.snapshot.ids], "S16")
    sorter = np.argsort(keys, kind="stable")
    found = np.searchsorted(keys[sorter], told.key)
    known = found < len(keys)
    known[known] = keys[sorter][found[known]] == told.key[known]
    item = sorter[found[known]].astype(np.int64)
    numbers = {name: column[known] for name, column in told.numbers.items()}
    centre = np.array([centres[padded(one)] for one in told.other[known].tolist()], np.int64)
    order = np.lexsort((numbers["operation"], numbers["first"], item))
    item, first = item[order], numbers["first"][order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (item[1:] != item[:-1]) | (first[1:] != first[:-1])
    begins = np.flatnonzero(fresh)
    return Routes(
        item[begins], first[begins], numbers["last"][order][begins],
        np.concatenate((begins, [len(order)])).astype(np.int64),
        numbers["operation"][order], centre[order],
        reals(numbers["setup"][order]), reals(numbers["run"][order]),
    )  # fmt: skip


def padded(key: bytes) -> bytes:
    """A UUID's bytes; numpy drops trailing zero bytes of a single key."""
    return key.ljust(16, b"\0")


def reals(millionths: Ints) -> Reals:
    return millionths / MILLION


def receipts_of(desk: Desk, item: Ints, need: Ints) -> Ints:
    """The days on which orders for these needs come in: `receipt_of` over whole columns."""
    snapshot = desk.snapshot
    safety = np.asarray(memoryview(snapshot.safety_time))[item]
    number = np.asarray(memoryview(snapshot.workdays.number))
    bucket = np.asarray(memoryview(snapshot.workdays.bucket))
    place = number[need] - safety
    by_work = np.where(place >= 0, bucket[np.maximum(place, 0)], place) if len(bucket) else place
    working = np.asarray(memoryview(snapshot.working))[item] != 0
    receipts: Ints = np.maximum(np.where(working, by_work, need - safety), 0)
    return receipts
