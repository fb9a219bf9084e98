"""What holds for every plan, whatever its input. Checked in tests and on debug runs."""

from services.production.mrp.engine.net import gross_need, net
from services.production.mrp.engine.peg import needs, own_demand, pegs
from services.production.mrp.engine.plan import Plan
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.timeline import item_plan, opening


def check_plan(snapshot: Snapshot, plan: Plan) -> None:
    """Assert, for each item, that nothing is lost, doubled, or ordered without a need."""
    for item, id in enumerate(snapshot.ids):
        check_balance(snapshot, plan, item, id)
        check_orders(snapshot, plan, item, id)
        check_pegs(snapshot, plan, item, id)


def check_balance(snapshot: Snapshot, plan: Plan, item: int, id: str) -> None:
    """Opening stock + receipts + planned - gross - expired = closing stock, never below safety."""
    rows = item_plan(snapshot, plan, item).rows
    balance = opening(snapshot, item)
    floor = snapshot.safety_row(item)
    for bucket in range(snapshot.buckets):
        balance += rows.scheduled[bucket] + rows.planned_receipts[bucket]
        balance -= rows.gross[bucket] + rows.expired[bucket]
        assert balance == rows.projected_on_hand[bucket], f"{id} does not balance in {bucket}"
        fenced = bucket < snapshot.fence[item]
        assert fenced or balance >= floor[bucket], f"{id} is below its safety stock in {bucket}"
        assert rows.expired[bucket] >= 0
    used = [sum(q for _, q in uses) for uses in needs(snapshot, plan, item)]
    assert used == rows.gross, f"{id}: dependent demand is not what its parents start"


def check_orders(snapshot: Snapshot, plan: Plan, item: int, id: str) -> None:
    """No order without a need, and each as its lot rule and its yield say."""
    gross = gross_need(snapshot, plan, item)
    netted = net(snapshot, item, gross)
    for order in plan.of(item):
        assert order.need >= snapshot.fence[item], f"{id} orders inside its planning fence"
        assert netted.net[order.need] > 0, f"{id} orders without a need in {order.need}"
        assert order.quantity > 0
        assert order.start * snapshot.good[item] >= order.quantity * snapshot.started[item]
        assert (order.start - 1) * snapshot.good[item] < order.quantity * snapshot.started[item]
        if order.need not in netted.cut:
            assert order.quantity % snapshot.multiple[item] == 0, f"{id} breaks its multiple"
            assert order.quantity >= snapshot.minimum[item], f"{id} is below its minimum"
        if snapshot.maximum[item]:
            assert order.quantity <= snapshot.maximum[item], f"{id} is above its maximum"


def check_pegs(snapshot: Snapshot, plan: Plan, item: int, id: str) -> None:
    """All supply is pegged once, and every use in full."""
    found = pegs(snapshot, plan, item)
    orders, supply = plan.of(item), opening(snapshot, item)
    supply += sum(order.quantity for order in orders)
    supply += sum(quantity for _, quantity in snapshot.receipts.of(item))
    assert sum(peg.quantity for peg in found) == supply, f"{id}: supply pegged is not what there is"
    assert all(peg.quantity > 0 for peg in found)
    for number, order in enumerate(orders):
        pegged = sum(
            peg.quantity
            for peg in found
            if (peg.supply.kind, peg.supply.number) == ("order", number)
        )
        assert pegged == order.quantity, f"{id}: order {number} is pegged beyond its size"
    covered = sum(peg.quantity for peg in found if peg.use.kind in ("demand", "order"))
    uses = needs(snapshot, plan, item)
    unmet = max(-item_plan(snapshot, plan, item).rows.projected_on_hand[-1], 0)
    assert covered + unmet == sum(quantity for bucket in uses for _, quantity in bucket)
    assert not unmet or snapshot.fence[item] >= snapshot.buckets, f"{id} leaves a need unmet"
    own = sum(quantity for _, quantity in own_demand(snapshot, item))
    assert unmet or own == sum(peg.quantity for peg in found if peg.use.kind == "demand")
