"""Capable to promise by the reference engine: the same answer as `promising.py`, without numba."""

from collections import defaultdict
from collections.abc import Iterable

from services.production.mrp.engine.loop import item_orders
from services.production.mrp.engine.plan import Order, Overlay, Plan
from services.production.mrp.engine.snapshot import Snapshot


def earliest_by_loop(snapshot: Snapshot, plan: Plan, item: int, quantity: int) -> int | None:
    """The first bucket for which a further demand makes no further order start before today.

    Nor wait for the end of a planning fence. Plans anew only what the demand can reach; the bucket
    is found by halving, and the snapshot is afterwards as it was.
    """
    reach = reached(snapshot, item)
    known = {place: late(snapshot, place, plan.of(place)) for place in reach}
    low, high = 0, snapshot.buckets
    while low < high:
        middle = (low + high) // 2
        snapshot.extra.extend((item, middle, quantity))
        delayed = makes_late(snapshot, plan, known)
        del snapshot.extra[-3:]
        low, high = (middle + 1, high) if delayed else (low, middle)
    return low if low < snapshot.buckets else None


def makes_late(snapshot: Snapshot, plan: Plan, known: dict[int, int]) -> bool:
    """Whether more of these items, in planning order, starts late than is known."""
    overlay = Overlay(plan, {})
    for place, before in known.items():
        overlay.fresh[place] = item_orders(snapshot, overlay, place)
        if late(snapshot, place, overlay.of(place)) > before:
            return True
    return False


def late(snapshot: Snapshot, item: int, orders: Iterable[Order]) -> int:
    """How much should have started before today, or had to wait for the item's fence."""
    fence = snapshot.fence[item]
    return sum(one.start for one in orders if one.release < 0 or (fence and one.need == fence))


def reached(snapshot: Snapshot, item: int) -> list[int]:
    """What a change of an item can change, the item itself included, in planning order."""
    used, own = snapshot.used, snapshot.alternates
    below: defaultdict[int, set[int]] = defaultdict(set)
    for component in range(len(snapshot.ids)):
        for edge in range(used.at[component], used.at[component + 1]):
            below[used.parent[edge]].add(component)
            below[used.parent[edge]].update(own.mains_of(component))  # it leaves them less to spare
        mains = own.mains_of(component)
        for place, main in enumerate(mains):
            below[main].update((component, *mains[place + 1 :]))
    found = {item, *own.mains_of(item)}
    waiting = list(found)
    while waiting:
        fresh = below[waiting.pop()] - found
        found |= fresh
        waiting.extend(fresh)
    return sorted(found)
