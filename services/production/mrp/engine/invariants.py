"""What holds for every plan, whatever its input. Checked in tests and on debug runs."""

from services.production.mrp.engine.net import gross_need, net
from services.production.mrp.engine.peg import Peg, needs, own_demand, pegs
from services.production.mrp.engine.plan import Plan
from services.production.mrp.engine.scaling import ceiling
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.substitutes import Spare, open_needs
from services.production.mrp.engine.timeline import ItemPlan, item_plan, opening, substituted


def check_plan(snapshot: Snapshot, plan: Plan) -> None:
    """Assert, for each item, that nothing is lost, doubled, or ordered without a need."""
    for item in range(len(snapshot.ids)):
        check_orders(snapshot, plan, item)
        check_substitutes(snapshot, plan, item)
        check_balance(snapshot, plan, item, item_plan(snapshot, plan, item))
        check_pegs(snapshot, plan, item, pegs(snapshot, plan, item))


def check_balance(snapshot: Snapshot, plan: Plan, item: int, planned: ItemPlan) -> None:
    """Opening stock + receipts + planned - used - expired = closing stock, never below safety."""
    rows, id = planned.rows, snapshot.ids[item]
    balance, floor = opening(snapshot, item), snapshot.safety_row(item)
    for bucket in range(snapshot.buckets):
        balance += rows.scheduled[bucket] + rows.planned_receipts[bucket]
        balance -= rows.gross[bucket] - rows.substituted[bucket] + rows.expired[bucket]
        assert balance == rows.projected_on_hand[bucket], f"{id} does not balance in {bucket}"
        fenced = bucket < snapshot.fence[item]
        assert fenced or balance >= floor[bucket], f"{id} is below its safety stock in {bucket}"
        assert rows.expired[bucket] >= 0, f"{id} expires what is not there in {bucket}"
        instead = rows.substituted[bucket]
        assert 0 <= instead <= rows.gross[bucket], f"{id}: more is stood in for than wanted"
    taken = substituted(snapshot, plan, item)
    assert rows.substituted == taken, f"{id}: what is stood in for is not what was taken"
    used = [sum(q for _, q in uses) for uses in needs(snapshot, plan, item)]
    wanted = [g - s for g, s in zip(rows.gross, rows.substituted, strict=True)]
    assert used == wanted, f"{id}: dependent demand is not what its parents start"


def check_orders(snapshot: Snapshot, plan: Plan, item: int) -> None:
    """No order without a need, and each as its lot rule and its yield say."""
    id, gross = snapshot.ids[item], gross_need(snapshot, plan, item)
    instead = substituted(snapshot, plan, item)
    netted = net(snapshot, item, gross, lambda bucket, _: instead[bucket])
    for order in plan.of(item):
        assert order.need >= snapshot.fence[item], f"{id} orders inside its planning fence"
        assert netted.net[order.need] > 0, f"{id} orders without a need in {order.need}"
        assert order.quantity > 0, f"{id} orders nothing in {order.need}"
        good, started = order.quantity * snapshot.started[item], snapshot.good[item]
        assert order.start == ceiling(good, started), f"{id} does not start what its yield asks"
        if order.need not in netted.cut:
            assert order.quantity % snapshot.multiple[item] == 0, f"{id} breaks its multiple"
            assert order.quantity >= snapshot.minimum[item], f"{id} is below its minimum"
        if snapshot.maximum[item]:
            assert order.quantity <= snapshot.maximum[item], f"{id} is above its maximum"
    assert netted.orders == plan.of(item), f"{id}: the orders are not those of its need"


def check_substitutes(snapshot: Snapshot, plan: Plan, item: int) -> None:
    """What stands in is allowed, no more than an order needs, and wanted by nobody else."""
    own, takes, id = snapshot.alternates, plan.takes_of(item), snapshot.ids[item]
    ratios = {
        (own.edge[row], own.substitute[row]): (own.numerator[row], own.denominator[row])
        for row in own.of(item)
    }
    open_ = open_needs(snapshot, plan, sorted({edge for edge, _ in ratios}))
    left = {(b, one.edge, one.number): one.need for b, ones in open_.items() for one in ones}
    given: dict[int, list[int]] = {}
    for take in takes:
        other = snapshot.ids[take.substitute]
        assert (take.edge, take.substitute) in ratios, f"{other} may not stand in for {id}"
        top, below = ratios[take.edge, take.substitute]
        assert take.taken == ceiling(take.replaced * top, below), f"{other} gives not its ratio"
        place = take.bucket, take.edge, take.number
        left[place] = left.get(place, 0) - take.replaced
        assert left[place] >= 0 < take.replaced, f"{other} stands in for more of {id} than wanted"
        given.setdefault(take.substitute, [0] * snapshot.buckets)[take.bucket] += take.taken
    for substitute, row in given.items():
        check_spare(snapshot, plan, (item, substitute), row)


def check_spare(snapshot: Snapshot, plan: Plan, pair: tuple[int, int], given: list[int]) -> None:
    """From the first bucket in which a substitute gives, its own stock is never short."""
    item, substitute = pair
    spare = Spare(snapshot, substitute, gross_need(snapshot, plan, substitute, item))
    for bucket, quantity in enumerate(given):
        spare.gross[bucket] += quantity
    first = next(bucket for bucket, quantity in enumerate(given) if quantity)
    short = spare.lack(first, 0)
    assert not short, f"{snapshot.ids[substitute]} gives {short} that others want"


def check_pegs(snapshot: Snapshot, plan: Plan, item: int, found: list[Peg]) -> None:
    """All supply is pegged once, and every use in full."""
    orders, supply, id = plan.of(item), opening(snapshot, item), snapshot.ids[item]
    supply += sum(order.quantity for order in orders)
    supply += sum(quantity for _, quantity in snapshot.receipts.of(item))
    assert sum(peg.quantity for peg in found) == supply, f"{id}: supply pegged is not what there is"
    assert all(peg.quantity > 0 for peg in found), f"{id} pegs nothing"
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
    wanted = sum(quantity for bucket in uses for _, quantity in bucket)
    assert covered + unmet == wanted, f"{id}: needs pegged are not all needs"
    assert not unmet or snapshot.fence[item] >= snapshot.buckets, f"{id} leaves a need unmet"
    own = sum(quantity for _, quantity in own_demand(snapshot, item))
    pegged = sum(peg.quantity for peg in found if peg.use.kind == "demand")
    assert unmet or own == pegged, f"{id}: its own demand is not pegged in full"
