"""The reference engine's walk over all items, parents before their components."""

from services.production.mrp.engine.net import gross_need, net
from services.production.mrp.engine.plan import Plan, Planned
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.substitutes import Swap


def plan_by_loop(snapshot: Snapshot) -> Plan:
    """Plan every item in its order. One signature with the kernel."""
    planned = Planned()
    for item in range(len(snapshot.ids)):
        gross = gross_need(snapshot, planned, item)
        if not snapshot.alternates.of(item):
            planned.append(net(snapshot, item, gross).orders)
            continue
        swap = Swap(snapshot, planned, item)
        netted = net(snapshot, item, gross, swap.stand_in)
        planned.append(netted.orders, swap.takes)
    return planned.plan()
