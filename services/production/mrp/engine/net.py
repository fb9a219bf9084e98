"""The reference engine: net requirements item by item in plain whole numbers.

This is the executable specification. The compiled kernel answers the same orders, bit for bit.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.production.mrp.engine.lots import order_sizes
from services.production.mrp.engine.plan import AnyPlan, Order, Planned
from services.production.mrp.engine.scaling import ceiling
from services.production.mrp.engine.shelf import Shelf
from services.production.mrp.engine.snapshot import NEVER, Snapshot


@dataclass(frozen=True, slots=True)
class Netted:
    """An item's outcome; one value per bucket, but for the orders and the cut lots.

    `net` is what was short in the bucket, `substituted` what others stand in for, `cut` the buckets
    in which a lot was made smaller than its rule, because the rest would have expired.
    """

    orders: list[Order]
    net: list[int]
    expired: list[int]
    cut: list[int]
    substituted: list[int]


def nothing_netted(buckets: int) -> Netted:
    return Netted([], [0] * buckets, [0] * buckets, [], [0] * buckets)


Instead = Callable[[int, int], int]
"""How much of what is short in a bucket (bucket, quantity) others stand in for."""


def nothing_instead(_bucket: int, _short: int) -> int:
    return 0


def gross_need(
    snapshot: Snapshot, planned: AnyPlan, item: int, before: int | None = None
) -> list[int]:
    """Demand of its own, and what the orders of all parents take when they are released.

    A past-due order takes its components in bucket 0. The need of each order is rounded up by
    itself: that is what the shop floor issues. What the item stands in for as a substitute counts
    too; only for items planned `before` a place, where that is given.
    """
    gross = [0] * snapshot.buckets
    for bucket, quantity in snapshot.demand.of(item):
        gross[bucket] += quantity
    for place in range(0, len(snapshot.extra), 3):
        if snapshot.extra[place] == item:
            gross[snapshot.extra[place + 1]] += snapshot.extra[place + 2]
    used = snapshot.used
    for edge in range(used.at[item], used.at[item + 1]):
        parent = used.parent[edge]
        for release, start in starts(planned, parent):
            bucket = max(release, 0)
            if used.first[edge] <= bucket <= used.last[edge]:
                gross[bucket] += ceiling(start * used.numerator[edge], used.denominator[edge])
    for main in snapshot.alternates.mains_of(item):
        if before is None or main < before:
            for take in planned.takes_of(main):
                gross[take.bucket] += take.taken * (take.substitute == item)
    return gross


def starts(planned: AnyPlan, item: int) -> list[tuple[int, int]]:
    """(release bucket, started quantity) of an item's orders."""
    if isinstance(planned, Planned):
        _, release, start, _ = planned.columns
        return [(release[place], start[place]) for place in planned.of(item)]
    return [(order.release, order.start) for order in planned.of(item)]


def net(
    snapshot: Snapshot, item: int, gross: list[int], instead: Instead = nothing_instead
) -> Netted:
    """Walk the buckets once: expire, receive, use, and order what is short of the safety stock.

    Of what is short others may stand in for a part, before anything is ordered. Inside the planning
    fence nothing is ordered: what is short there stays short, bucket by bucket, and is ordered for
    the first need after it.
    """
    safety, arriving = snapshot.safety_row(item), firm_row(snapshot, item)
    shelf = opening_shelf(snapshot, item)
    result = nothing_netted(snapshot.buckets)
    for bucket in range(snapshot.buckets):
        result.expired[bucket] = shelf.expire(bucket)
        shelf.receive(arriving[bucket], usable_until(snapshot, item, bucket))
        if (short := safety[bucket] + gross[bucket] - shelf.available) > 0:
            result.substituted[bucket] = instead(bucket, short)
            short -= result.substituted[bucket]
        shelf.use(gross[bucket] - result.substituted[bucket])
        if short <= 0:
            continue
        result.net[bucket] = short
        if bucket < snapshot.fence[item]:
            continue
        until = usable_until(snapshot, item, receipt_of(snapshot, item, bucket))
        ahead = min(snapshot.periods[item], until - snapshot.minimum_life[item] - bucket + 1)
        wanted = shortage(shelf, gross, arriving, safety, (bucket, bucket + ahead), snapshot, item)
        sizes = order_sizes(
            wanted, snapshot.minimum[item], snapshot.maximum[item], snapshot.multiple[item]
        )
        if until != NEVER and sum(sizes) > wanted:
            last = until - snapshot.minimum_life[item] + 1
            sellable = shortage(shelf, gross, arriving, safety, (bucket, last), snapshot, item)
            if last <= snapshot.buckets and sum(sizes) > sellable:
                sizes = order_sizes(sellable, 0, snapshot.maximum[item], 1)
                result.cut.append(bucket)
        result.orders.extend(order_of(snapshot, item, bucket, size) for size in sizes)
        shelf.receive(sum(sizes), until)
    return result


def firm_row(snapshot: Snapshot, item: int) -> list[int]:
    """The firm receipts of each bucket."""
    arriving = [0] * snapshot.buckets
    for bucket, quantity in snapshot.receipts.of(item):
        arriving[bucket] += quantity
    return arriving


def opening_shelf(snapshot: Snapshot, item: int) -> Shelf:
    shelf = Shelf(snapshot.minimum_life[item])
    for until, quantity in snapshot.lots.of(item):
        shelf.receive(quantity, until)
    if snapshot.stock[item]:
        shelf.receive(snapshot.stock[item], NEVER)
    return shelf


def receipt_of(snapshot: Snapshot, item: int, need: int) -> int:
    """The bucket in which an order for a need comes in.

    The safety time is soft: what is needed at once comes in at once.
    """
    return max(before(snapshot, item, need, snapshot.safety_time[item]), 0)


def usable_until(snapshot: Snapshot, item: int, receipt: int) -> int:
    """The last usable bucket of what comes in; stock without expiry is all one."""
    life = snapshot.shelf_life[item]
    return NEVER if life == NEVER else receipt + life


def before(snapshot: Snapshot, item: int, bucket: int, time: int) -> int:
    """The bucket so much time earlier, in worked buckets where the item goes by them."""
    if snapshot.working[item]:
        return snapshot.workdays.back(bucket, time)
    return bucket - time


def order_of(snapshot: Snapshot, item: int, need: int, quantity: int) -> Order:
    """Start enough that the yield leaves the quantity; the lead time may grow with what starts."""
    start = ceiling(quantity * snapshot.started[item], snapshot.good[item])
    growing = ceiling(start * snapshot.unit_time[item], snapshot.unit_time_of[item])
    lead = snapshot.safety_time[item] + snapshot.lead[item] + growing
    return Order(need, before(snapshot, item, need, lead), start, quantity)


def shortage(
    shelf: Shelf,
    gross: list[int],
    arriving: list[int],
    safety: list[int],
    window: tuple[int, int],
    snapshot: Snapshot,
    item: int,
) -> int:
    """The most that is short at any one time of a window, whose first bucket is already used."""
    ahead = shelf.copy()
    most = safety[window[0]] - ahead.available
    for bucket in range(window[0] + 1, min(window[1], snapshot.buckets)):
        ahead.expire(bucket)
        ahead.receive(arriving[bucket], usable_until(snapshot, item, bucket))
        ahead.use(gross[bucket])
        most = max(most, safety[bucket] - ahead.available)
    return most
