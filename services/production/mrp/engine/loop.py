"""The reference engine's walk over all items, parents before their components."""

from collections.abc import Sequence

from services.production.mrp.engine.net import gross_need, net
from services.production.mrp.engine.plan import AnyPlan, Order, Plan, Planned, Take
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.substitutes import Swap


def plan_by_loop(snapshot: Snapshot) -> Plan:
    """Plan every item in its order. One signature with the kernel."""
    planned = Planned()
    for item in range(len(snapshot.ids)):
        planned.append(*item_orders(snapshot, planned, item))
    return planned.plan()


def item_orders(
    snapshot: Snapshot, planned: AnyPlan, item: int
) -> tuple[Sequence[Order], Sequence[Take]]:
    """The item's orders, and what stands in for it, once all before it are planned."""
    gross = gross_need(snapshot, planned, item)
    if not snapshot.alternates.of(item):
        return net(snapshot, item, gross).orders, ()
    swap = Swap(snapshot, planned, item)
    return net(snapshot, item, gross, swap.stand_in).orders, swap.takes
