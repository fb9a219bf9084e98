"""One plan's input as columns of 64-bit integers, items in the order in which they are planned."""

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from services.production.mrp.engine.calendar import Workdays

NEVER = 2**40  # a bucket that no horizon reaches


def column(values: Iterable[int] = ()) -> "array[int]":
    return array("q", values)


@dataclass(frozen=True, slots=True)
class Rows:
    """Dated quantities by item: those of item i stand at `at[i]` up to `at[i + 1]`."""

    at: "array[int]"
    bucket: "array[int]"
    quantity: "array[int]"

    def of(self, item: int) -> Iterable[tuple[int, int]]:
        """(bucket, quantity) in order of bucket."""
        span = slice(self.at[item], self.at[item + 1])
        return zip(self.bucket[span], self.quantity[span], strict=True)


@dataclass(frozen=True, slots=True)
class WhereUsed:
    """Edges by component; an order of `parent` released in first … last needs the component."""

    at: "array[int]"
    parent: "array[int]"
    numerator: "array[int]"
    denominator: "array[int]"
    first: "array[int]"
    last: "array[int]"


@dataclass(frozen=True, slots=True)
class Alternates:
    """Who may stand in for whom. Rows of main item i stand at `at[i]` up to `at[i + 1]`.

    They go by edge of the where-used, then by priority; `numerator / denominator` units of the
    substitute stand in for one of the main item. The mains of substitute s stand in `main` at
    `main_at[s]` up to `main_at[s + 1]`, in planning order: each is planned before s.
    """

    at: "array[int]"
    edge: "array[int]"
    substitute: "array[int]"
    numerator: "array[int]"
    denominator: "array[int]"
    main_at: "array[int]"
    main: "array[int]"

    def of(self, main: int) -> range:
        """The rows of an item that others may stand in for."""
        return range(self.at[main], self.at[main + 1])

    def mains_of(self, item: int) -> "array[int]":
        return self.main[self.main_at[item] : self.main_at[item + 1]]


AlternateRow = tuple[int, int, int, int, int]  # main, edge, substitute, numerator, denominator


def alternates(items: int, rows: Iterable[AlternateRow] = ()) -> Alternates:
    """Laid out by main and by substitute; within an edge the rows keep their order: priority."""
    ordered = sorted(rows, key=lambda row: row[:2])
    pairs = sorted({(substitute, main) for main, _, substitute, _, _ in ordered})
    return Alternates(
        at=starts_of(items, (row[0] for row in ordered)),
        edge=column(row[1] for row in ordered),
        substitute=column(row[2] for row in ordered),
        numerator=column(row[3] for row in ordered),
        denominator=column(row[4] for row in ordered),
        main_at=starts_of(items, (substitute for substitute, _ in pairs)),
        main=column(main for _, main in pairs),
    )


def starts_of(items: int, owners: Iterable[int]) -> "array[int]":
    """Where the rows of each item begin, and the last ones end; rows stand by owner."""
    at = column([0]) * (items + 1)
    for owner in owners:
        at[owner + 1] += 1
    for item in range(items):
        at[item + 1] += at[item]
    return at


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a plan depends on. Quantities in smallest units, times in buckets.

    Items are sorted by level, then id: an item's parents stand before it, and what may stand in for
    it behind it, whose own parents stand before both. `safety` holds
    the steps of the safety stock; `extra` are demands added since (item, bucket, quantity), so that
    one more order needs no rebuilt columns.
    """

    ids: tuple[str, ...]
    buckets: int
    level: "array[int]"
    decimals: "array[int]"
    stock: "array[int]"
    lead: "array[int]"
    unit_time: "array[int]"
    unit_time_of: "array[int]"
    safety_time: "array[int]"
    working: "array[int]"
    good: "array[int]"
    started: "array[int]"
    minimum: "array[int]"
    maximum: "array[int]"
    multiple: "array[int]"
    periods: "array[int]"
    fence: "array[int]"  # needs before this bucket make no order; 0: none
    minimum_life: "array[int]"
    shelf_life: "array[int]"  # of new lots; NEVER: without expiry
    workdays: Workdays
    used: WhereUsed
    demand: Rows
    receipts: Rows
    lots: Rows  # the bucket is the last usable one
    safety: Rows
    extra: "array[int]"
    alternates: Alternates

    def place(self, id: str) -> int:
        """Where an item stands."""
        return self.ids.index(id)

    def safety_row(self, item: int) -> list[int]:
        """The safety stock of each bucket."""
        row = [0] * self.buckets
        steps = [*self.safety.of(item), (self.buckets, 0)]
        for (bucket, quantity), (end, _) in pairwise(steps):
            row[bucket:end] = [quantity] * (end - bucket)
        return row

    def digest(self, known: "Digests | None" = None) -> str:
        """SHA-256 over everything the plan depends on: the same hash, the same plan.

        `known` are the digests of columns that were hashed before, of those that are the same ones.
        """
        known = {} if known is None else known
        total = hashlib.sha256(f"2:{self.buckets}:".encode())
        for place, part in enumerate((self.ids, *parts(self))):
            if place not in known or known[place][0] is not part:
                known[place] = (part, digest_of(part))
            total.update(known[place][1])
        return total.hexdigest()


Digests = dict[int, tuple[object, bytes]]


def digest_of(part: "Sequence[object]") -> bytes:
    """Of the ids, or of a column's memory."""
    own = hashlib.sha256(len(part).to_bytes(8, "big"))  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(part, array):
        own.update(part)  # pyright: ignore[reportUnknownArgumentType]
    else:
        own.update("".join(f"{len(str(id))}:{id}" for id in part).encode())
    return own.digest()


def parts(holder: object) -> Iterable["array[int]"]:
    """Every column of a snapshot in the order of its fields, nested ones included."""
    for field in fields(holder):  # type: ignore[arg-type]
        value = getattr(holder, field.name)
        if isinstance(value, array):
            yield value
        elif isinstance(value, Alternates) and not value.edge:
            continue  # what has none hashes as it ever did
        elif isinstance(value, Workdays | Rows | WhereUsed | Alternates):
            yield from parts(value)
