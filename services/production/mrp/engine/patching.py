"""Some items of a snapshot and its plan taken out, and put in again: what net change stores.

An item's columns, rows and orders depend on itself alone once the structure stands, so that a
patch of a few items gives bit for bit what laying out everything anew would give.
"""

from array import array
from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from services.production.mrp.engine.columnar import Named, column
from services.production.mrp.engine.plan import WIDTH, Plan, Taken, none_taken
from services.production.mrp.engine.read_rows import Ints
from services.production.mrp.engine.snapshot import Rows, Snapshot, WhereUsed, alternates

DATED = ("demand", "receipts", "lots", "safety")
WHOLE = (
    "ids",
    "buckets",
    "workdays",
    "used",
    "extra",
    "alternates",
    *DATED,
)  # not one number per item
OWN = tuple(field.name for field in fields(Snapshot) if field.name not in WHOLE)


def inputs_at(named: Named, places: Ints) -> Named:
    """The items at these places, in this order, without a structure."""
    snapshot = named.snapshot
    spans = {name: spans_of(getattr(snapshot, name).at, places) for name in DATED}
    none, chosen = array("q"), list[int](places.tolist())
    own: dict[str, Any] = {name: column(seen(getattr(snapshot, name))[places]) for name in OWN} | {
        name: rows_at(getattr(snapshot, name), spans[name], places) for name in DATED
    }
    cut = replace(
        snapshot,
        ids=tuple(snapshot.ids[place] for place in chosen),
        used=WhereUsed(array("q", [0] * (len(places) + 1)), none, none, none, none, none),
        extra=array("q"),
        alternates=alternates(len(places), []),
        **own,
    )
    return Named(
        cut,
        named.demand_kinds[spans["demand"]],
        named.demand_ids[spans["demand"]],
        named.receipt_kinds[spans["receipts"]],
        named.receipt_ids[spans["receipts"]],
    )


def seen(values: "array[int]") -> Ints:
    """A column as numpy sees it, nothing copied."""
    return np.asarray(memoryview(values))


def rows_of(at: Ints, counts: Ints) -> Ints:
    """The places of so many rows from each of these on."""
    before = np.cumsum(counts) - counts
    return np.repeat(at - before, counts) + np.arange(int(counts.sum()))


def spans_of(at: "array[int]", places: Ints) -> Ints:
    own = seen(at)
    return rows_of(own[places], own[places + 1] - own[places])


def rows_at(rows: Rows, spans: Ints, places: Ints) -> Rows:
    at = seen(rows.at)
    begins = np.concatenate(([0], np.cumsum(at[places + 1] - at[places])))
    parts = (column(seen(one)[spans]) for one in (rows.bucket, rows.quantity))
    return Rows(column(begins), *parts)


def orders_at(plan: Plan, places: Ints) -> Plan:
    """The orders of these items, one behind the other, and what stands in for the items."""
    at, count = np.asarray(plan.at), np.asarray(plan.count)
    counts = np.ascontiguousarray(count[places])
    spans = rows_of(at[places], counts)
    begins = np.cumsum(counts) - counts
    columns = (plan.need, plan.release, plan.start, plan.quantity)
    need, release, start, quantity = (np.asarray(one)[spans].data for one in columns)
    taken = taken_at(plan.taken, places)
    return Plan(begins.data, counts.data, need, release, start, quantity, taken)


def taken_at(taken: Taken, places: Ints) -> Taken:
    if not len(taken.at):
        return none_taken()
    at, counts = np.asarray(taken.at)[places], np.asarray(taken.count)[places]
    rows = np.asarray(taken.rows).reshape(-1, WIDTH)[rows_of(at, counts)]
    return Taken((np.cumsum(counts) - counts).data, counts.data, rows.reshape(-1).data)


def with_inputs(named: Named, part: Named, places: Ints) -> Named:
    """The snapshot with the items at `places` as `part` has them; the structure stays."""
    snapshot, fresh = named.snapshot, part.snapshot  # `places` ascend
    spliced: dict[str, Any] = {}
    for name in OWN:
        if name not in ("level", "decimals"):  # the structure's
            spliced[name] = with_values(getattr(snapshot, name), getattr(fresh, name), places)
    for name in DATED:
        spliced[name] = with_rows(getattr(snapshot, name), getattr(fresh, name), places)
    demand, receipts = (Splice(getattr(snapshot, name).at, getattr(fresh, name).at, places)
                        for name in ("demand", "receipts"))  # fmt: skip
    return Named(
        replace(snapshot, **spliced),
        demand.of(named.demand_kinds, part.demand_kinds),
        demand.of(named.demand_ids, part.demand_ids),
        receipts.of(named.receipt_kinds, part.receipt_kinds),
        receipts.of(named.receipt_ids, part.receipt_ids),
    )


def with_values(old: "array[int]", fresh: "array[int]", places: Ints) -> "array[int]":
    """The same column where nothing differs, so that its hash is known."""
    if np.array_equal(seen(old)[places], seen(fresh)):
        return old
    values = seen(old).copy()
    values[places] = seen(fresh)
    return column(values)


def with_rows(old: Rows, fresh: Rows, places: Ints) -> Rows:
    splice = Splice(old.at, fresh.at, places)
    bucket, quantity = (
        splice.of(seen(getattr(old, name)), seen(getattr(fresh, name)))
        for name in ("bucket", "quantity")
    )
    same = len(quantity) == len(old.quantity) and np.array_equal(splice.at, seen(old.at))
    if same and np.array_equal(bucket, old.bucket) and np.array_equal(quantity, old.quantity):
        return old
    return Rows(column(splice.at), column(bucket), column(quantity))


class Splice:
    """How the rows of some items take the places of those that stood there."""

    def __init__(self, old: "array[int]", fresh: "array[int]", places: Ints) -> None:
        before, own = seen(old), seen(fresh)
        counts = np.diff(before)
        counts[places] = np.diff(own)
        self.at: Ints = np.concatenate(([0], np.cumsum(counts)))
        self.pieces: list[tuple[int, int, int, int]] = []  # old rows, then fresh ones
        left, own_places = 0, list[int](places.tolist())
        for number, place in enumerate(own_places):
            self.pieces.append((left, old[place], fresh[number], fresh[number + 1]))
            left = old[place + 1]
        self.left = left

    def of(self, old: npt.NDArray[Any], fresh: npt.NDArray[Any]) -> npt.NDArray[Any]:
        parts = [old[:0]]
        for begin, end, own, last in self.pieces:
            parts += (old[begin:end], fresh[own:last])
        return np.concatenate([*parts, old[self.left :]])


def with_orders(plan: Plan, part: Plan, places: Ints) -> Plan:
    """The plan with these items' orders as `part` has them; what they had is no longer seen."""
    at, count = np.array(plan.at), np.array(plan.count)
    end = len(plan.need)
    at[places], count[places] = np.asarray(part.at) + end, np.asarray(part.count)
    pairs = ((plan.need, part.need), (plan.release, part.release), (plan.start, part.start),
             (plan.quantity, part.quantity))  # fmt: skip
    need, release, start, quantity = (np.concatenate(both).data for both in pairs)
    taken = with_taken(plan.taken, part.taken, places, len(at))
    return Plan(at.data, count.data, need, release, start, quantity, taken)


def with_taken(taken: Taken, part: Taken, places: Ints, items: int) -> Taken:
    """What stands in, by main item; either may have no columns, for nothing stood in."""
    if not len(taken.at) and not len(part.at):
        return none_taken()
    at, count = (
        np.array(own) if len(own) else np.zeros(items, np.int64) for own in (taken.at, taken.count)
    )
    count[places] = 0
    if len(part.at):
        at[places] = np.asarray(part.at) + len(taken.rows) // WIDTH
        count[places] = np.asarray(part.count)
    rows = np.concatenate((np.asarray(taken.rows), np.asarray(part.rows)))
    return Taken(at.data, count.data, rows.data)


def with_messages(said: Ints, part: Ints, places: Ints) -> Ints:
    """The messages with those of these items as `part` has them; its items count from 0."""
    own = part.copy()
    own[:, 0] = places[part[:, 0]]
    whole = np.concatenate((said[~np.isin(said[:, 0], places)], own))
    return whole[np.argsort(whole[:, 0], kind="stable")]


def messages_at(said: Ints, places: Ints) -> Ints:
    """The messages of these items, which count from 0."""
    own = said[np.isin(said[:, 0], places)]
    own[:, 0] = np.searchsorted(places, own[:, 0])
    return own
