"""The time-phased table of one item, as planners have read it since the 1970s."""

from dataclasses import dataclass, fields

from services.production.mrp.engine.net import gross_need, net, receipt_of
from services.production.mrp.engine.plan import Order, Plan
from services.production.mrp.engine.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Timeline:
    """One value per bucket, in smallest units.

    `projected_before` is what would be left without the bucket's planned receipts, `net` what was
    short of the safety stock in the bucket of need (a safety time lets its receipt come before).
    `planned_releases` is what is started, `expired` what leaves the balance unused.
    """

    gross: list[int]
    scheduled: list[int]
    projected_before: list[int]
    net: list[int]
    planned_receipts: list[int]
    planned_releases: list[int]
    projected_on_hand: list[int]
    expired: list[int]


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
    netted = net(snapshot, item, gross)
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
        before[bucket] = balance + scheduled[bucket] - gross[bucket] - netted.expired[bucket]
        balance = after[bucket] = before[bucket] + receipts[bucket]
    rows = Timeline(gross, scheduled, before, netted.net, receipts, releases, after, netted.expired)
    return ItemPlan(rows, netted.orders, netted.cut)


def opening(snapshot: Snapshot, item: int) -> int:
    """All stock on hand, that of lots too."""
    return snapshot.stock[item] + sum(quantity for _, quantity in snapshot.lots.of(item))
