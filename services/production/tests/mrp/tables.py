"""A caller's input as the service's tables would tell it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.production.mrp.engine.given import Dated, Given, Item
from services.production.mrp.engine.read_rows import ITEM_FIELDS, Keyed, Keys, ReadRows

MILLION = 10**6


def keys(names: Sequence[str]) -> Keys:
    return np.array([name.encode().rjust(16, b"\0") for name in names], "S16")


def keyed(item: Sequence[str], other: Sequence[str], **numbers: Sequence[int]) -> Keyed:
    return Keyed(
        keys(item), keys(other), {name: np.array(own, np.int64) for name, own in numbers.items()}
    )


def rows_from(given: Given) -> ReadRows:
    """Of items without decimals."""
    items = [numbers_of(item) for item in given.items]
    columns = {name: [one[name] for one in items] for name in ITEM_FIELDS}
    names = [item.id for item in given.items]
    lines = given.lines
    instead = [(n, one) for n, line in enumerate(lines) for one in line.substitutes]
    lots = [(item.id, lot) for item in given.items for lot in item.lots]
    return ReadRows(
        keyed(names, [], **columns),
        keyed(
            [one.parent for one in lines], [one.component for one in lines],
            per_6=[int(one.per * MILLION) for one in lines],
            scrap_6=[int(one.scrap * MILLION) for one in lines],
            first=[line.first or 0 for line in lines],
            last=[MILLION if line.last is None else line.last for line in lines],
            line=list(range(len(lines))),
        ),
        keyed(names, [], bucket=[0] * len(names), quantity=[int(i.on_hand) for i in given.items]),
        keyed(
            [id for id, _ in lots], [], bucket=[lot.last_usable_bucket for _, lot in lots],
            quantity=[int(lot.quantity) for _, lot in lots],
        ),
        dated(given.demands),
        dated(given.receipts),
        keyed(
            [lines[n].parent for n, _ in instead], [one.component for _, one in instead],
            line=[n for n, _ in instead], priority=[one.priority for _, one in instead],
            per_6=[int((one.per or 0) * MILLION) for _, one in instead],
        ),
    )  # fmt: skip


def dated(rows: Sequence[Dated]) -> Keyed:
    """Documents are numbered item by item: what one item has renames no other's."""
    seen, documents = Counter[str](), list[str]()
    for one in rows:
        documents.append(f"{one.item}/{seen[one.item]:04}")
        seen[one.item] += 1
    return keyed(
        [one.item for one in rows], documents, bucket=[one.bucket for one in rows],
        quantity=[int(one.quantity) for one in rows], kind=[0] * len(rows),
    )  # fmt: skip


def numbers_of(item: Item) -> dict[str, int]:
    rule = item.lot_rule
    return dict.fromkeys(ITEM_FIELDS, 0) | {
        "lead": item.lead_time, "minimum": int(rule.minimum), "multiple": int(rule.multiple or 0),
        "maximum": int(rule.maximum or 0), "periods": rule.periods,
        "safety": int(item.safety_stock), "safety_time": item.safety_time,  # type: ignore[arg-type]
        "shelf_life": -1 if item.shelf_life is None else item.shelf_life,
        "minimum_life": item.minimum_life, "working": int(item.working_days),
        "yield_6": int(item.yield_ * MILLION), "phantom": int(item.phantom),
        "fence": item.planning_fence,
    }  # fmt: skip


def of_items(read: ReadRows, names: Sequence[str]) -> ReadRows:
    """What concerns these items alone, structures not: as net change reads it."""
    wanted = keys(names)

    def own(rows: Keyed, *, none: bool = False) -> Keyed:
        chosen = np.isin(rows.key, wanted) & (not none)
        other = rows.other[chosen] if len(rows.other) else rows.other
        return Keyed(rows.key[chosen], other, {n: v[chosen] for n, v in rows.numbers.items()})

    assert read.substitutes is not None
    return replace(
        read, items=own(read.items), lines=own(read.lines, none=True), stock=own(read.stock),
        lots=own(read.lots), demands=own(read.demands), receipts=own(read.receipts),
        substitutes=own(read.substitutes, none=True),
    )  # fmt: skip
