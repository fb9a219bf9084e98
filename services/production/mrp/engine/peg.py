"""Pegging: which supply serves which need. On demand, one item at a time, first in first out."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from services.production.mrp.engine.net import receipt_of, usable_until
from services.production.mrp.engine.plan import Plan
from services.production.mrp.engine.snapshot import NEVER, Snapshot


class Supply(NamedTuple):
    """`number` counts the item's lots, receipts or orders from 0; `bucket` is when it comes."""

    kind: Literal["stock", "lot", "receipt", "order"]
    number: int
    bucket: int


class Use(NamedTuple):
    """A demand of its own, a parent's order (`item` its place, `number` among its orders).

    `instead_of` is the place of the item that is stood in for, -1: none.
    """

    kind: Literal["demand", "order", "expired", "stock"]
    item: int
    number: int
    bucket: int
    instead_of: int = -1


class Peg(NamedTuple):
    """`quantity` smallest units of the item go from the supply to the use.

    A use of kind `stock` is what stands at the end of the horizon: safety stock and overshoot.
    """

    supply: Supply
    use: Use
    quantity: int


def pegs(snapshot: Snapshot, plan: Plan, item: int) -> list[Peg]:
    """Every smallest unit of supply with its use, in order of time.

    Within a bucket demands of the item's own go first, then parents' orders in planning order;
    supply that expires first goes first, then what came first.
    """
    coming, ordered = arrivals(snapshot, item), order_arrivals(snapshot, plan, item)
    desk = Desk(snapshot.minimum_life[item])
    for layer in lying(snapshot, item):  # before anything expires: some of it may have already
        desk.receive(*layer)
    for bucket, uses in enumerate(needs(snapshot, plan, item)):
        desk.expire(Use("expired", item, 0, bucket), bucket)
        for layer in coming[bucket]:
            desk.receive(*layer)
        for use, quantity in uses:
            desk.serve(use, quantity)
        for layer in ordered[bucket]:
            desk.receive(*layer)
    desk.expire(Use("stock", item, 0, snapshot.buckets), 2 * NEVER)
    return desk.pegs


class Desk:
    """Serves uses from layers; a use that finds nothing waits for the next receipt."""

    def __init__(self, minimum_life: int) -> None:
        self.minimum_life = minimum_life
        self.layers: list[tuple[int, int, Supply, int]] = []
        self.waiting: list[tuple[Use, int]] = []
        self.pegs: list[Peg] = []
        self.came = 0

    def expire(self, use: Use, bucket: int) -> None:
        while self.layers and self.layers[0][0] - self.minimum_life < bucket:
            _, _, supply, left = self.layers.pop(0)
            self.pegs.append(Peg(supply, use, left))

    def receive(self, until: int, supply: Supply, quantity: int) -> None:
        while quantity and self.waiting:
            use, missing = self.waiting.pop(0)
            taken = min(quantity, missing)
            quantity -= taken
            self.pegs.append(Peg(supply, use, taken))
            if missing > taken:
                self.waiting.insert(0, (use, missing - taken))
        if quantity:
            insort(self.layers, (until, self.came, supply, quantity))
            self.came += 1

    def serve(self, use: Use, quantity: int) -> None:
        while quantity and self.layers:
            until, order, supply, left = self.layers.pop(0)
            taken = min(quantity, left)
            quantity -= taken
            self.pegs.append(Peg(supply, use, taken))
            if left > taken:
                self.layers.insert(0, (until, order, supply, left - taken))
        if quantity:
            self.waiting.append((use, quantity))


Layers = list[tuple[int, Supply, int]]  # last usable bucket, supply, quantity
Coming = list[Layers]  # by bucket


def lying(snapshot: Snapshot, item: int) -> Layers:
    """The stock on hand."""
    found: Layers = [
        (until, Supply("lot", number, 0), quantity)
        for number, (until, quantity) in enumerate(snapshot.lots.of(item))
    ]
    if snapshot.stock[item]:
        found.append((NEVER, Supply("stock", 0, 0), snapshot.stock[item]))
    return found


def arrivals(snapshot: Snapshot, item: int) -> Coming:
    """Firm receipts by the bucket in which they are there."""
    by_bucket: Coming = [[] for _ in range(snapshot.buckets)]
    for number, (bucket, quantity) in enumerate(snapshot.receipts.of(item)):
        until = usable_until(snapshot, item, bucket)
        by_bucket[bucket].append((until, Supply("receipt", number, bucket), quantity))
    return by_bucket


def order_arrivals(snapshot: Snapshot, plan: Plan, item: int) -> Coming:
    """Planned orders by the bucket of their need: what it lacks comes first."""
    by_bucket: Coming = [[] for _ in range(snapshot.buckets)]
    for number, order in enumerate(plan.of(item)):
        bucket = receipt_of(snapshot, item, order.need)
        until = usable_until(snapshot, item, bucket)
        by_bucket[order.need].append((until, Supply("order", number, bucket), order.quantity))
    return by_bucket


def needs(snapshot: Snapshot, plan: Plan, item: int) -> list[list[tuple[Use, int]]]:
    """The item's uses by bucket, each with its quantity; last those in which it stands in."""
    by_bucket: list[list[tuple[Use, int]]] = [[] for _ in range(snapshot.buckets)]
    for number, (bucket, quantity) in enumerate(own_demand(snapshot, item)):
        by_bucket[bucket].append((Use("demand", item, number, bucket), quantity))
    used = snapshot.used
    replaced: defaultdict[tuple[int, int], int] = defaultdict(int)
    for take in plan.takes_of(item):
        replaced[take.edge, take.number] += take.replaced
    for edge in range(used.at[item], used.at[item + 1]):
        parent = used.parent[edge]
        for number, bucket, taken in taken_of(snapshot, plan, edge):
            left = taken - replaced.get((edge, number), 0)
            by_bucket[bucket].append((Use("order", parent, number, bucket), left))
    for main in snapshot.alternates.mains_of(item):
        for take in plan.takes_of(main):
            if take.substitute == item:
                use = Use("order", used.parent[take.edge], take.number, take.bucket, main)
                by_bucket[take.bucket].append((use, take.taken))
    return by_bucket


def taken_of(snapshot: Snapshot, plan: Plan, edge: int) -> Iterator[tuple[int, int, int]]:
    """(number, bucket, quantity) of what a parent's orders take of a line."""
    used = snapshot.used
    parent, top, below = used.parent[edge], used.numerator[edge], used.denominator[edge]
    span = slice(plan.at[parent], plan.at[parent] + plan.count[parent])
    buckets = np.maximum(np.asarray(plan.release[span]), 0)
    takes = (np.asarray(plan.start[span]) * top + below - 1) // below
    inside = np.flatnonzero((used.first[edge] <= buckets) & (buckets <= used.last[edge]))
    return zip(inside.tolist(), buckets[inside].tolist(), takes[inside].tolist(), strict=True)


def own_demand(snapshot: Snapshot, item: int) -> Iterator[tuple[int, int]]:
    """(bucket, quantity) of the item's own demands, those added since last."""
    yield from snapshot.demand.of(item)
    for place in range(0, len(snapshot.extra), 3):
        if snapshot.extra[place] == item:
            yield snapshot.extra[place + 1], snapshot.extra[place + 2]
