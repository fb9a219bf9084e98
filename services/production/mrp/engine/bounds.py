"""The pass before the run: could any product or sum leave 64 bits? Names the first such item."""

from services.production.mrp.engine.faults import PlanningOverflow, PlanningTooManyOrders
from services.production.mrp.engine.snapshot import NEVER, Snapshot

HEADROOM = 4.0e18  # below 2^62, with room for what a float64 sum of many terms can be off


def check_bounds(snapshot: Snapshot, orders_max: int) -> None:
    """An upper bound in float64 of each item's totals over the horizon, parents first.

    Overshoot of a lot stays in stock and serves later needs, so it counts once; each order's
    rounding adds less than one unit. Shelf life may waste a lot in every bucket.
    """
    starts, orders = [0.0] * len(snapshot.ids), [0.0] * len(snapshot.ids)
    for item, id in enumerate(snapshot.ids):
        gross, worst = needed(snapshot, item, starts, orders)
        worst = max(worst, exchanged(snapshot, item, gross))
        lot = float(max(snapshot.minimum[item], 1) + snapshot.multiple[item])
        lots = snapshot.buckets if snapshot.shelf_life[item] != NEVER else 1
        safety = max((float(level) for _, level in snapshot.safety.of(item)), default=0.0)
        total = gross + safety * lots + lot * lots
        largest = snapshot.maximum[item]
        orders[item] = snapshot.buckets + (total / max(largest / 2, 1.0) if largest else 0.0)
        starts[item] = total * snapshot.started[item] / snapshot.good[item] + orders[item]
        supply = supplied(snapshot, item)
        worst = max(worst, total + 2 * supply, total * snapshot.started[item])
        worst = max(worst, starts[item] * max(snapshot.unit_time[item], 1))
        if orders[item] - snapshot.buckets > orders_max:
            split = int(orders[item])
            raise PlanningTooManyOrders(item=id, orders=split, most=orders_max)
        if worst >= HEADROOM:
            raise PlanningOverflow(item=id, decimals=snapshot.decimals[item], units=f"{worst:.3g}")


def needed(
    snapshot: Snapshot, item: int, starts: list[float], orders: list[float]
) -> tuple[float, float]:
    """Bounds of the item's gross need, and of any product on the way to it."""
    gross = sum(float(quantity) for _, quantity in snapshot.demand.of(item))
    used, worst = snapshot.used, 0.0
    for edge in range(used.at[item], used.at[item + 1]):
        parent = used.parent[edge]
        product = starts[parent] * used.numerator[edge]
        worst = max(worst, product + used.denominator[edge])
        gross += product / used.denominator[edge] + orders[parent]
    return gross, worst


def supplied(snapshot: Snapshot, item: int) -> float:
    """All that is there or comes for certain; as a substitute the item gives no more."""
    coming = sum(float(quantity) for _, quantity in snapshot.receipts.of(item))
    return coming + snapshot.stock[item] + sum(float(one) for _, one in snapshot.lots.of(item))


def exchanged(snapshot: Snapshot, item: int, gross: float) -> float:
    """A bound of the products by which others stand in for the item."""
    own, worst = snapshot.alternates, 0.0
    for row in own.of(item):
        spare = supplied(snapshot, own.substitute[row])
        worst = max(worst, gross * own.numerator[row] + own.denominator[row])
        worst = max(worst, spare * own.denominator[row])
    return worst
