"""What a service's tables say, as numpy columns: the raw material of a large snapshot."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.bytes_]  # UUIDs as 16 bytes each

ITEM_FIELDS = (
    *("decimals", "lead", "safety_time", "minimum", "maximum", "multiple", "periods"),
    *("safety", "shelf_life", "minimum_life", "working", "phantom", "yield_6", "unit_time_6"),
    "fence",
)
LINE_FIELDS = ("per_6", "scrap_6", "first", "last", "line")
SUBSTITUTE_FIELDS = ("line", "per_6", "priority")
DATED_FIELDS = ("bucket", "quantity", "kind")


@dataclass(frozen=True, slots=True)
class Keyed:
    """Rows of one question: `key` names the item, `other` the component or the document."""

    key: Keys
    other: Keys
    numbers: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True)
class ReadRows:
    """Quantities in smallest units, dates as days from today, shares and times scaled 10^6.

    `items` hold `ITEM_FIELDS`, `lines` (parent, component) `LINE_FIELDS`, `stock` and `lots`
    `bucket` (last usable day) and `quantity`, `demands` and `receipts` `DATED_FIELDS`,
    `substitutes` (parent, substitute) `SUBSTITUTE_FIELDS`: for the line of that number, as many as
    of its component where `per_6` is 0.
    """

    items: Keyed
    lines: Keyed
    stock: Keyed
    lots: Keyed
    demands: Keyed
    receipts: Keyed
    substitutes: Keyed | None = None


def keyed(rows: "npt.NDArray[Any]", *fields: str, other: bool = True) -> Keyed:
    """A structured array as read from the database, by column names."""
    key = np.ascontiguousarray(rows["key"]).view("S16").reshape(-1)
    second = np.ascontiguousarray(rows["other"]).view("S16").reshape(-1) if other else key[:0]
    return Keyed(key, second, {name: rows[name].astype(np.int64) for name in fields})


def joined(one: Keyed, other: Keyed) -> Keyed:
    """The rows of two answers to like questions."""
    numbers = {
        name: np.concatenate((values, other.numbers[name])) for name, values in one.numbers.items()
    }
    return Keyed(
        np.concatenate((one.key, other.key)), np.concatenate((one.other, other.other)), numbers
    )
