"""The time-phased table of one item, as planners have read it since the 1970s."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from services.production.mrp.engine.mps import available_to_promise
from services.production.mrp.engine.net import gross_need, net, receipt_of
from services.production.mrp.engine.plan import Order, Plan
from services.production.mrp.engine.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Timeline:
    """One value per bucket, in smallest units.

    `projected_before` is what would be left without the bucket's planned receipts, `net` what was
    short of the safety stock in the bucket of need (a safety time lets its receipt come before).
    `planned_releases` is what is started, `expired` what leaves the balance unused, `substituted`
    what others stand in for: it is of the gross need, and is not taken.
    """

    gross: list[int]
    scheduled: list[int]
    projected_before: list[int]
    net: list[int]
    planned_receipts: list[int]
    planned_releases: list[int]
    projected_on_hand: list[int]
    expired: list[int]
    substituted: list[int]


ROWS = tuple(field.name for field in fields(Timeline))


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """An item's rows and orders; `cut` are buckets whose lot is smaller than its rule."""

    rows: Timeline
    orders: list[Order]
    cut: list[int]


def item_plan(snapshot: Snapshot, plan: Plan, item: int) -> ItemPlan:
    """The item's rows under a plan. Asserts that the plan holds what the specification orders."""
    gross = gross_need(snapshot, plan, item)
    instead = substituted(snapshot, plan, item)
    netted = net(snapshot, item, gross, lambda bucket, _: instead[bucket])
    assert netted.orders == plan.of(item), f"the plan of {snapshot.ids[item]} is not of this input"
    buckets = range(snapshot.buckets)
    scheduled, receipts, releases = ([0] * snapshot.buckets for _ in range(3))
    for bucket, quantity in snapshot.receipts.of(item):
        scheduled[bucket] += quantity
    for order in netted.orders:
        receipts[receipt_of(snapshot, item, order.need)] += order.quantity
        releases[max(order.release, 0)] += order.start
    before, after = [0] * snapshot.buckets, [0] * snapshot.buckets
    balance = opening(snapshot, item)
    for bucket in buckets:
        used = gross[bucket] - instead[bucket]
        before[bucket] = balance + scheduled[bucket] - used - netted.expired[bucket]
        balance = after[bucket] = before[bucket] + receipts[bucket]
    rows = Timeline(
        gross, scheduled, before, netted.net, receipts, releases, after, netted.expired, instead
    )
    return ItemPlan(rows, netted.orders, netted.cut)


def substituted(snapshot: Snapshot, plan: Plan, item: int) -> list[int]:
    """How much of each bucket's gross need others stand in for."""
    row = [0] * snapshot.buckets
    for take in plan.takes_of(item):
        row[take.bucket] += take.replaced
    return row


def promises(
    snapshot: Snapshot, rows: Timeline, item: int, forecasts: Iterable[tuple[int, int]]
) -> list[int]:
    """What may still be promised of the item by each bucket, in smallest units.

    Its own forecasts (bucket, quantity) are promised to nobody: what is made for them is free.
    """
    supply = [a + b for a, b in zip(rows.scheduled, rows.planned_receipts, strict=True)]
    supply[0] += opening(snapshot, item)
    own = zip(rows.gross, rows.substituted, rows.expired, strict=True)
    promised = [used - instead + waste for used, instead, waste in own]
    for bucket, quantity in forecasts:
        promised[bucket] -= quantity
    return available_to_promise(supply, promised)


def opening(snapshot: Snapshot, item: int) -> int:
    """All stock on hand, that of lots too."""
    return snapshot.stock[item] + sum(quantity for _, quantity in snapshot.lots.of(item))
