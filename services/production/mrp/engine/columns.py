"""What the compiled engine reads and writes: named tuples of arrays."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.uint8]
Layers = tuple[Ints, Ints, Ints]


class Columns(NamedTuple):
    """A snapshot as numpy sees it; the names are the snapshot's."""

    buckets: Any  # np.int64
    stock: Ints
    lead: Ints
    unit_time: Ints
    unit_time_of: Ints
    safety_time: Ints
    working: Ints
    good: Ints
    started: Ints
    minimum: Ints
    maximum: Ints
    multiple: Ints
    periods: Ints
    fence: Ints
    minimum_life: Ints
    shelf_life: Ints
    day_number: Ints
    day_bucket: Ints
    used_at: Ints
    parent: Ints
    numerator: Ints
    denominator: Ints
    first: Ints
    last: Ints
    demand_at: Ints
    demand_bucket: Ints
    demand_quantity: Ints
    receipt_at: Ints
    receipt_bucket: Ints
    receipt_quantity: Ints
    lot_at: Ints
    lot_until: Ints
    lot_quantity: Ints
    safety_at: Ints
    safety_bucket: Ints
    safety_quantity: Ints
    extra: Ints
    alt_at: Ints
    alt_edge: Ints
    alt_substitute: Ints
    alt_numerator: Ints
    alt_denominator: Ints
    main_at: Ints
    main: Ints


class Arena(NamedTuple):
    """Where orders are written; `tally` holds how many places are used, and whether it is full.

    An item has `held` places from `at` on, `counts` of them written. `left` is, of an item netted
    without expiry, what it has beyond its safety stock before each `STEP` of buckets; `gross` is
    the gross need of an item by bucket, where that is `kept`.

    Substitutions are rows of `taken`, by main item at `taken_at`; no columns where there are none.
    """

    at: Ints
    counts: Ints
    held: Ints
    need: Shorts
    release: Shorts
    start: Ints
    quantity: Ints
    tally: Ints
    taken_at: Ints
    taken_counts: Ints
    taken: Ints
    left: Ints
    gross: Shorts
    kept: Flags


class Log(NamedTuple):
    """What one net change changes: rows of (bucket, started before, started now), by item.

    An item has `counts` of them from `at` on, -1 where it had more changes than there was room for.
    """

    at: Ints
    counts: Ints
    changes: Ints
    tally: Ints  # how many rows are in use


class Scratch(NamedTuple):
    """Rows that are used again for each item."""

    gross: Ints
    arriving: Ints
    safety: Ints
    shelf: Layers
    ahead: Layers
    spares: "Spares"


class Spares(NamedTuple):
    """What the substitutes of one item have, a row per substitute; see substitute_kernel.py."""

    held: Ints  # how many rows are in use
    item: Ints
    gross: Ints
    arriving: Ints
    safety: Ints
    least: Ints
    given: Ints
