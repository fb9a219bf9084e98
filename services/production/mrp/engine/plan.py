"""What an engine answers: every planned order, as columns."""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Plan:
    """The orders of item i stand at `at[i]`, `count[i]` of them, by need; the rest is unused."""

    at: "memoryview[int]"
    count: "memoryview[int]"
    need: "memoryview[int]"
    release: "memoryview[int]"
    start: "memoryview[int]"
    quantity: "memoryview[int]"

    def of(self, item: int) -> list[Order]:
        span = slice(self.at[item], self.at[item] + self.count[item])
        parts = (self.need, self.release, self.start, self.quantity)
        return [Order(*one) for one in zip(*(part[span].tolist() for part in parts), strict=True)]

    @property
    def orders(self) -> int:
        """How many orders all items have."""
        return sum(self.count)

    def digest(self) -> str:
        """SHA-256 over the orders of all items in turn, wherever they stand."""
        return hashlib.sha256(self.digests(range(len(self.count)))).hexdigest()

    def digests(self, items: Iterable[int]) -> bytes:
        """`DIGEST` bytes of each item: a plan of which some items change hashes these alone."""
        need, release, start, quantity = self.need, self.release, self.start, self.quantity
        at, counts, parts = self.at, self.count, list[bytes]()
        for item in items:
            begin, end = at[item], at[item] + counts[item]
            own = hashlib.sha256(need[begin:end])
            own.update(release[begin:end])
            own.update(start[begin:end])
            own.update(quantity[begin:end])
            parts.append(own.digest())
        return b"".join(parts)


Engine = Callable[[Snapshot], Plan]


class Planned:
    """Orders as they come, item by item in planning order."""

    def __init__(self) -> None:
        self.at, self.count = array("q"), array("q")
        self.columns = (array("i"), array("i"), array("q"), array("q"))

    def append(self, orders: Sequence[Order]) -> None:
        """The next item's orders."""
        self.at.append(len(self.columns[0]))
        self.count.append(len(orders))
        for order in orders:
            for part, value in zip(self.columns, order, strict=True):
                part.append(value)

    def of(self, item: int) -> range:
        """Where the orders of an item that is planned stand in the columns."""
        return range(self.at[item], self.at[item] + self.count[item])

    def plan(self) -> Plan:
        return Plan(
            memoryview(self.at), memoryview(self.count), *(memoryview(one) for one in self.columns)
        )
