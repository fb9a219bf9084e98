"""What follows of an order from its need and its quantity: when it starts, and with how much.

A run stores neither; whole columns at once, by the same rules as `net.py`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from services.production.mrp.engine.patching import seen
from services.production.mrp.engine.plan import Plan, Taken, none_taken
from services.production.mrp.engine.read_rows import Ints
from services.production.mrp.engine.snapshot import Snapshot

CHUNK = 2**18  # orders at once: their columns stay small


def dated(
    snapshot: Snapshot,
    count: npt.NDArray[Any],
    need: npt.NDArray[Any],
    quantity: npt.NDArray[Any],
    taken: Taken | None = None,
) -> Plan:
    """The plan of these orders, one item behind the other."""
    counts = count.astype(np.int64)
    at = np.cumsum(counts) - counts
    needs, releases = need.astype(np.int32), np.empty(len(need), np.int32)
    quantities, starts = quantity.astype(np.int64), np.empty(len(need), np.int64)
    ends = at + counts
    for begin in range(0, len(need), CHUNK):
        part = slice(begin, begin + CHUNK)
        places = np.arange(begin, min(begin + CHUNK, len(need)))
        items = np.searchsorted(ends, places, side="right")
        starts[part], releases[part] = started(snapshot, items, needs[part], quantities[part])
    columns = (needs.data, releases.data, starts.data, quantities.data)
    return Plan(at.data, counts.data, *columns, taken or none_taken())


def started(
    snapshot: Snapshot, items: Ints, needs: npt.NDArray[Any], quantities: Ints
) -> tuple[Ints, Ints]:
    """What is started and in which bucket; past due it is negative."""

    def of(name: str) -> Ints:
        return seen(getattr(snapshot, name))[items]

    starts = -(-quantities * of("started") // of("good"))
    growing = -(-starts * of("unit_time") // of("unit_time_of"))
    time = of("safety_time") + of("lead") + growing
    worked = of("working") != 0
    releases = needs - time
    if worked.any():
        number, bucket = seen(snapshot.workdays.number), seen(snapshot.workdays.bucket)
        place = number[needs[worked]] - time[worked]
        releases[worked] = np.where(place >= 0, bucket[np.maximum(place, 0)], place)
    return starts, releases
