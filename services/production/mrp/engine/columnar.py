"""A snapshot of a hundred thousand items from columns, by whole-array arithmetic.

The same rules as `building.py`, which checks and names every number of a caller's input; here the
numbers come from tables whose constraints hold already.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.production.mrp.engine.calendar import workdays
from services.production.mrp.engine.faults import PlanningItemUnknown, ShelfLifeImpossible
from services.production.mrp.engine.read_rows import Ints, Keyed, Keys, ReadRows
from services.production.mrp.engine.snapshot import (
    NEVER,
    Alternates,
    Rows,
    Snapshot,
    WhereUsed,
    alternates,
)
from services.production.mrp.engine.structure import Structure, structure_of

MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Named:
    """A snapshot with the documents behind its demand and receipt rows, row by row."""

    snapshot: Snapshot
    demand_kinds: Ints
    demand_ids: Keys
    receipt_kinds: Ints
    receipt_ids: Keys


def shown_id(keys: Keys, place: int) -> str:
    """The UUID at a place; numpy drops trailing zero bytes of a single key."""
    return str(UUID(bytes=bytes(keys[place]).ljust(16, b"\0")))


class Laid(NamedTuple):
    """The items in order of their keys, with what is theirs."""

    keys: Keys
    given: dict[str, Ints]
    demands: "DatedRows"
    receipts: "DatedRows"
    stock_at: Ints
    blown: npt.NDArray[np.bool_]  # phantoms with nothing of their own


def laid(read: ReadRows, buckets: int) -> Laid:
    """Raises PlanningItemUnknown by name."""
    sorter = np.argsort(read.items.key, kind="stable")
    keys, fields = read.items.key[sorter], read.items.numbers
    given = {name: column[sorter] for name, column in fields.items()}
    check_lives(keys, given)
    demands = within(places(keys, read.demands, "demand"), read.demands, buckets)
    receipts = within(places(keys, read.receipts, "receipt"), read.receipts, buckets)
    stocked = np.zeros(len(keys), bool)
    stocked[demands.item] = stocked[receipts.item] = True
    stock_at = places(keys, read.stock, "stock")
    stocked[stock_at[read.stock.numbers["quantity"] > 0]] = True
    blown = (given["phantom"] == 1) & ~stocked & (given["safety"] == 0)
    return Laid(keys, given, demands, receipts, stock_at, blown)


def shape_of(laid: Laid) -> dict[bytes, tuple[int, int | None]]:
    """What of each item the structure is made of: its decimals, and a blown phantom's yield."""
    columns = (laid.given["decimals"], laid.given["yield_6"], laid.blown)
    return {
        bytes(key): (decimals, share if blown else None)
        for key, decimals, share, blown in zip(
            laid.keys, *(one.tolist() for one in columns), strict=True
        )
    }


def snapshot_of(read: ReadRows, buckets: int, working: Sequence[bool]) -> Named:
    """Lay the rows out in planning order. Raises PlanningCycle and PlanningItemUnknown by name.

    What lies before today counts today, what lies beyond the horizon does not count.
    """
    return named_of(laid(read, buckets), read, buckets, working)


def named_of(known: Laid, read: ReadRows, buckets: int, working: Sequence[bool]) -> Named:
    keys, given = known.keys, known.given
    structure = structure_of(keys, given, read.lines, read.substitutes, known.blown, buckets)
    order = np.lexsort((keys, structure.level))
    place_of = np.empty(len(order), np.int64)
    place_of[order] = np.arange(len(order))
    used, instead = used_of(structure, place_of, len(keys))
    lots, plain = shelves(read, keys, known.stock_at, place_of)
    demand, receipts = (placed(own, place_of) for own in (known.demands, known.receipts))
    snapshot = Snapshot(
        ids=ids_of(keys[order]),
        buckets=buckets,
        level=column(structure.level[order]),
        **item_columns({name: one[order] for name, one in given.items()}, plain),
        workdays=workdays(list(working) or [True] * buckets),
        used=used,
        demand=rows_of(demand, len(keys)),
        receipts=rows_of(receipts, len(keys)),
        lots=lots,
        safety=safety_of(given["safety"][order]),
        extra=array("q"),
        alternates=instead,
    )
    return Named(snapshot, demand.kind, demand.document, receipts.kind, receipts.document)


def check_lives(keys: Keys, given: dict[str, Ints]) -> None:
    """A lot must live longer than what must remain of it when it is used."""
    needed = given["minimum_life"] + given["safety_time"]
    short = np.flatnonzero((given["shelf_life"] >= 0) & (given["shelf_life"] < needed))
    if len(short):
        place = int(short[0])
        life, least = int(given["shelf_life"][place]), int(needed[place])
        raise ShelfLifeImpossible(item=shown_id(keys, place), shelf_life=life, needed=least)


def ids_of(keys: Keys) -> tuple[str, ...]:
    raw = keys.tobytes().hex()
    spans = (raw[at : at + 32] for at in range(0, len(raw), 32))
    return tuple(f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}" for h in spans)


def places(keys: Keys, rows: Keyed, named_in: str) -> Ints:
    """Where each row's item stands among the sorted keys."""
    found = np.searchsorted(keys, rows.key)
    capped = np.minimum(found, max(len(keys) - 1, 0))
    bad = np.flatnonzero(keys[capped] != rows.key) if len(keys) else np.arange(len(rows))
    if len(bad):
        raise PlanningItemUnknown(item=shown_id(rows.key, int(bad[0])), named_in=named_in)
    return capped.astype(np.int64)


@dataclass(frozen=True, slots=True)
class DatedRows:
    item: Ints
    bucket: Ints
    quantity: Ints
    kind: Ints
    document: Keys


def within(item: Ints, rows: Keyed, buckets: int) -> DatedRows:
    numbers = rows.numbers
    keep = (numbers["bucket"] < buckets) & (numbers["quantity"] > 0)
    bucket = np.maximum(numbers["bucket"][keep], 0)
    return DatedRows(
        item[keep], bucket, numbers["quantity"][keep], numbers["kind"][keep], rows.other[keep]
    )


def placed(rows: DatedRows, place_of: Ints) -> DatedRows:
    """By item in planning order, bucket, kind and document: the order of input changes nothing."""
    item = place_of[rows.item]
    order = np.lexsort((rows.quantity, rows.document, rows.kind, rows.bucket, item))
    bucket, quantity, kind = rows.bucket[order], rows.quantity[order], rows.kind[order]
    return DatedRows(item[order], bucket, quantity, kind, rows.document[order])


def item_columns(given: dict[str, Ints], plain: Ints) -> dict[str, "array[int]"]:
    """The columns of a snapshot that are one number per item."""
    real = 1 - given["phantom"]
    scale = 10 ** given["decimals"]
    good = given["yield_6"]
    shared = np.gcd(good, MILLION)
    unit, unit_of = given["unit_time_6"] * real, MILLION * scale
    multiple = np.where(real == 1, np.maximum(given["multiple"], 1), 1)
    minimum = -(-given["minimum"] * real // multiple) * multiple
    found = {
        "decimals": given["decimals"],
        "stock": plain,
        "lead": given["lead"] * real,
        "unit_time": unit,
        "unit_time_of": unit_of,
        "safety_time": given["safety_time"] * real,
        "working": given["working"],
        "good": good // shared,
        "started": MILLION // shared,
        "minimum": minimum,
        "maximum": np.maximum(given["maximum"] * real // multiple * multiple, 0),
        "multiple": multiple,
        "periods": np.where(real == 1, np.maximum(given["periods"], 1), 1),
        "fence": given["fence"] * real,
        "minimum_life": given["minimum_life"],
        "shelf_life": np.where(given["shelf_life"] < 0, NEVER, given["shelf_life"]),
    }
    return {name: column(one) for name, one in found.items()}


def shelves(read: ReadRows, keys: Keys, stock_at: Ints, place_of: Ints) -> tuple[Rows, Ints]:
    """Lots by expiry, and the stock beside them, of each item in planning order.

    An item's free stock is the truth: what its lots claim beyond it is off those that expire first
    (they are reserved and taken first); what no lot explains has no expiry.
    """
    free = np.zeros(len(keys), np.int64)
    np.add.at(free, place_of[stock_at], np.maximum(read.stock.numbers["quantity"], 0))
    item = place_of[places(keys, read.lots, "lot")]
    until, quantity = read.lots.numbers["bucket"], read.lots.numbers["quantity"]
    order = np.lexsort((until, item))
    item, until, quantity = item[order], until[order], np.maximum(quantity[order], 0)
    total = np.zeros(len(keys), np.int64)
    np.add.at(total, item, quantity)
    at = np.searchsorted(item, np.arange(len(keys) + 1))
    running = np.cumsum(quantity) - quantity
    before = running - (running[at[item]] if len(item) else 0)
    over = np.maximum(total - free, 0)[item] if len(item) else quantity
    left = quantity - np.clip(over - before, 0, quantity)
    keep = left > 0
    at = np.searchsorted(item[keep], np.arange(len(keys) + 1))
    return Rows(column(at), column(until[keep]), column(left[keep])), np.maximum(free - total, 0)


def used_of(structure: Structure, place_of: Ints, items: int) -> tuple[WhereUsed, Alternates]:
    """Edges by component, and who may stand in along them."""
    parent, component = place_of[structure.parent], place_of[structure.component]
    order = np.lexsort((structure.first, parent, component))
    at = np.searchsorted(component[order], np.arange(items + 1))
    parts = (structure.numerator, structure.denominator, structure.first, structure.last)
    used = WhereUsed(column(at), column(parent[order]), *(column(one[order]) for one in parts))
    instead = structure.instead[order]
    rows = [
        (int(component[order[edge]]), edge, int(place_of[other]), top, below)
        for edge in np.flatnonzero(instead >= 0).tolist()
        for _, other, top, below in structure.told[int(instead[edge])]
    ]
    return used, alternates(items, rows)


def rows_of(rows: DatedRows, items: int) -> Rows:
    at = np.searchsorted(rows.item, np.arange(items + 1))
    return Rows(column(at), column(rows.bucket), column(rows.quantity))


def safety_of(levels: Ints) -> Rows:
    has = levels > 0
    at = np.concatenate(([0], np.cumsum(has)))
    return Rows(column(at), column(np.zeros(int(has.sum()), np.int64)), column(levels[has]))


def column(values: "Ints") -> "array[int]":
    """The same numbers as the engine keeps them."""
    taken = array("q")
    taken.frombytes(np.ascontiguousarray(values, np.int64).tobytes())
    return taken
