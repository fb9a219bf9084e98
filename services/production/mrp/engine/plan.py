"""What an engine answers: every planned order, as columns."""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.production.mrp.engine.snapshot import Snapshot

DIGEST = 32  # bytes of an item's


class Order(NamedTuple):
    """One planned order; quantities in smallest units.

    `need` is the bucket that would run short, `release` the true one in which it must start (a
    negative one is past due), `start` what is started and `quantity` the good of it.
    """

    need: int
    release: int
    start: int
    quantity: int


class Take(NamedTuple):
    """`taken` of a substitute stand in for `replaced` of the main item in one parent's order.

    `edge` is that of the where-used by which the parent's order `number` needs the main item.
    """

    substitute: int
    edge: int
    number: int
    bucket: int
    replaced: int
    taken: int


WIDTH = len(Take._fields)


@dataclass(frozen=True, slots=True)
class Taken:
    """The substitutions of main item i: `count[i]` rows of `WIDTH` numbers from row `at[i]` on.

    Empty columns: nothing may stand in for anything.
    """

    at: "memoryview[int]"
    count: "memoryview[int]"
    rows: "memoryview[int]"

    def of(self, main: int) -> list[Take]:
        """In the order in which they were found: by bucket, edge, order and priority."""
        if not len(self.at):
            return []
        flat = self.span(main).tolist()
        return [Take(*flat[n : n + WIDTH]) for n in range(0, len(flat), WIDTH)]

    def span(self, main: int) -> "memoryview[int]":
        """The numbers of its rows, one row behind the other."""
        begin = WIDTH * self.at[main]
        return self.rows[begin : begin + WIDTH * self.count[main]]


def none_taken() -> Taken:
    return Taken(*(memoryview(array("q")) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Plan:
    """The orders of item i stand at `at[i]`, `count[i]` of them, by need; the rest is unused."""

    at: "memoryview[int]"
    count: "memoryview[int]"
    need: "memoryview[int]"
    release: "memoryview[int]"
    start: "memoryview[int]"
    quantity: "memoryview[int]"
    taken: Taken = field(default_factory=none_taken)

    def of(self, item: int) -> list[Order]:
        span = slice(self.at[item], self.at[item] + self.count[item])
        parts = (self.need, self.release, self.start, self.quantity)
        return [Order(*one) for one in zip(*(part[span].tolist() for part in parts), strict=True)]

    @property
    def orders(self) -> int:
        """How many orders all items have."""
        return sum(self.count)

    def takes_of(self, main: int) -> Sequence[Take]:
        """What stands in for an item, in the order in which it was found."""
        return self.taken.of(main)

    def digest(self) -> str:
        """SHA-256 over the orders of all items in turn, and what stands in, wherever they stand."""
        return hashlib.sha256(self.digests(range(len(self.count)))).hexdigest()

    def digests(self, items: Iterable[int]) -> bytes:
        """`DIGEST` bytes of each item: a plan of which some items change hashes these alone."""
        need, release, start, quantity = self.need, self.release, self.start, self.quantity
        at, counts, parts = self.at, self.count, list[bytes]()
        stood_in = len(self.taken.at) > 0
        for item in items:
            begin, end = at[item], at[item] + counts[item]
            own = hashlib.sha256(need[begin:end])
            own.update(release[begin:end])
            own.update(start[begin:end])
            own.update(quantity[begin:end])
            if stood_in and self.taken.count[item]:
                own.update(self.taken.span(item))
            parts.append(own.digest())
        return b"".join(parts)


Engine = Callable[[Snapshot], Plan]


class Planned:
    """Orders as they come, item by item in planning order."""

    def __init__(self) -> None:
        self.at, self.count = array("q"), array("q")
        self.columns = (array("i"), array("i"), array("q"), array("q"))
        self.takes: list[Sequence[Take]] = []

    def append(self, orders: Sequence[Order], takes: Sequence[Take] = ()) -> None:
        """The next item's orders, and what stands in for it."""
        self.takes.append(takes)
        self.at.append(len(self.columns[0]))
        self.count.append(len(orders))
        for order in orders:
            for part, value in zip(self.columns, order, strict=True):
                part.append(value)

    def of(self, item: int) -> range:
        """Where the orders of an item that is planned stand in the columns."""
        return range(self.at[item], self.at[item] + self.count[item])

    def takes_of(self, main: int) -> Sequence[Take]:
        """What stands in for an item; nothing while it is not planned."""
        return self.takes[main] if main < len(self.takes) else ()

    def plan(self) -> Plan:
        need, release, start, quantity = (memoryview(one) for one in self.columns)
        at, count = memoryview(self.at), memoryview(self.count)
        taken = self.taken() if any(self.takes) else none_taken()
        return Plan(at, count, need, release, start, quantity, taken)

    def taken(self) -> Taken:
        at, count, rows = array("q"), array("q"), array("q")
        for takes in self.takes:
            at.append(len(rows) // WIDTH)
            count.append(len(takes))
            for take in takes:
                rows.extend(take)
        return Taken(memoryview(at), memoryview(count), memoryview(rows))


@dataclass(frozen=True, slots=True)
class Overlay:
    """A plan some of whose items are planned anew; the others stand as they did."""

    plan: Plan
    fresh: dict[int, tuple[Sequence[Order], Sequence[Take]]]

    def of(self, item: int) -> Sequence[Order]:
        return self.fresh[item][0] if item in self.fresh else self.plan.of(item)

    def takes_of(self, main: int) -> Sequence[Take]:
        return self.fresh[main][1] if main in self.fresh else self.plan.takes_of(main)


AnyPlan = Planned | Plan | Overlay
