"""Substitutes: what stands in for an item that is short, so that less of it must be ordered.

An item's own stock and firm receipts go first. What is still short in a bucket is taken, order by
order, from its substitutes in order of priority: of each as much as its own needs, its safety stock
and what it already stands in for leave free of its stock and firm receipts, up to the end of the
horizon. What then is still short is ordered of the item itself.
"""

from collections import defaultdict
from typing import NamedTuple

from services.production.mrp.engine.net import (
    firm_row,
    gross_need,
    opening_shelf,
    starts,
    usable_until,
)
from services.production.mrp.engine.plan import AnyPlan, Take
from services.production.mrp.engine.scaling import ceiling
from services.production.mrp.engine.snapshot import NEVER, Snapshot


class Open(NamedTuple):
    """What one order of a parent needs of an item that others may stand in for."""

    edge: int
    number: int
    need: int


class Swap:
    """Stands substitutes in for one item's shortages; `takes` are what they gave."""

    def __init__(self, snapshot: Snapshot, planned: AnyPlan, item: int) -> None:
        """Look up which orders may take another item, and what those items have to spare."""
        self.snapshot, self.item = snapshot, item
        self.takes: list[Take] = []
        own = snapshot.alternates
        self.choices: defaultdict[int, list[int]] = defaultdict(list)  # rows by edge, by priority
        for row in own.of(item):
            self.choices[own.edge[row]].append(row)
        self.open = open_needs(snapshot, planned, list(self.choices))
        self.spares = {
            own.substitute[row]: Spare(
                snapshot,
                own.substitute[row],
                gross_need(snapshot, planned, own.substitute[row], item),
            )
            for rows in self.choices.values()
            for row in rows
        }

    def stand_in(self, bucket: int, short: int) -> int:
        """How much of what is short in a bucket others stand in for: edge by edge, order by order.

        Buckets are asked in their order, each once.
        """
        replaced = 0
        for one in self.open.get(bucket, ()):
            need = one.need
            for row in self.choices[one.edge]:
                part = self.take(row, one, bucket, min(short - replaced, need))
                replaced, need = replaced + part, need - part
        return replaced

    def take(self, row: int, one: Open, bucket: int, wanted: int) -> int:
        """How much of the item this substitute stands in for in this order."""
        own = self.snapshot.alternates
        substitute, top, below = own.substitute[row], own.numerator[row], own.denominator[row]
        spare = self.spares[substitute]
        free = spare.free(bucket, ceiling(wanted * top, below)) if wanted > 0 else 0
        replaced = min(wanted, free * below // top)
        if replaced <= 0:
            return 0
        taken = ceiling(replaced * top, below)
        spare.take(bucket, taken)
        self.takes.append(Take(substitute, one.edge, one.number, bucket, replaced, taken))
        return replaced


def open_needs(snapshot: Snapshot, planned: AnyPlan, edges: list[int]) -> dict[int, list[Open]]:
    """Of each bucket the needs of parents' orders by these edges, in order of edge and order."""
    used = snapshot.used
    found: defaultdict[int, list[Open]] = defaultdict(list)
    for edge in edges:
        for number, (release, start) in enumerate(starts(planned, used.parent[edge])):
            bucket = max(release, 0)
            if used.first[edge] <= bucket <= used.last[edge]:
                need = ceiling(start * used.numerator[edge], used.denominator[edge])
                found[bucket].append(Open(edge, number, need))
    return found


class Spare:
    """What of an item nobody else wants: its stock and firm receipts, no planned orders."""

    def __init__(self, snapshot: Snapshot, item: int, gross: list[int]) -> None:
        """`gross` are its needs by bucket, those it already stands in for included."""
        self.snapshot, self.item, self.gross = snapshot, item, gross
        self.safety, self.arriving = snapshot.safety_row(item), firm_row(snapshot, item)
        self.taken = 0
        shelf_life = snapshot.shelf_life[item] != NEVER
        plain = not shelf_life and snapshot.lots.at[item] == snapshot.lots.at[item + 1]
        self.least = self.least_from() if plain else None

    def least_from(self) -> list[int]:
        """For each bucket what the stock never falls below the safety stock by from it on."""
        balance, found = self.snapshot.stock[self.item], list[int]()
        for bucket, used in enumerate(self.gross):
            balance += self.arriving[bucket] - used
            found.append(balance - self.safety[bucket])
        for bucket in range(len(found) - 2, -1, -1):
            found[bucket] = min(found[bucket], found[bucket + 1])
        return found

    def free(self, bucket: int, wanted: int) -> int:
        """How much of what is wanted may be used in a bucket, so that nothing is short from it on.

        By expiry a further use takes what would have spoiled before it takes what others want, so
        the most that is short says at once how much is too much.
        """
        if self.least is not None:
            return max(min(wanted, self.least[bucket] - self.taken), 0)
        if self.lack(bucket, 0) > 0:
            return 0
        while wanted > 0 and (lack := self.lack(bucket, wanted)) > 0:
            wanted -= lack
        return max(wanted, 0)

    def take(self, bucket: int, quantity: int) -> None:
        self.taken += quantity  # later buckets are asked later
        self.gross[bucket] += quantity

    def lack(self, bucket: int, more: int) -> int:
        """The most that is short from a bucket on if so much more were used in it."""
        shelf, most = opening_shelf(self.snapshot, self.item), 0
        for at, used in enumerate(self.gross):
            shelf.expire(at)
            shelf.receive(self.arriving[at], usable_until(self.snapshot, self.item, at))
            shelf.use(used + more if at == bucket else used)
            if at >= bucket:
                most = max(most, self.safety[at] - shelf.available)
        return most
