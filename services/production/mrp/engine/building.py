"""Checks a planner's input, scales it to integers, and lays it out in planning order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from services.production.mrp.engine.bom import Edge, prepare
from services.production.mrp.engine.bounds import check_bounds
from services.production.mrp.engine.calendar import workdays
from services.production.mrp.engine.faults import (
    BucketOutOfHorizon,
    LotRuleImpossible,
    PlanningItemTwice,
    PlanningItemUnknown,
    PlanningNumberNegative,
    PlanningNumberOutOfRange,
    ShelfLifeImpossible,
)
from services.production.mrp.engine.given import Dated, Given, Item
from services.production.mrp.engine.mps import unconsumed
from services.production.mrp.engine.precedence import low_levels
from services.production.mrp.engine.scaling import DECIMALS_MAX, ratio, scaled
from services.production.mrp.engine.snapshot import (
    NEVER,
    Alternates,
    Rows,
    Snapshot,
    WhereUsed,
    alternates,
    column,
    starts_of,
)
from shared.precedence import planned_after

TIME_MAX = 100_000  # buckets of any lead time or life
FENCES = ("planning_fence", "demand_fence", "consume_back", "consume_ahead")
ORDERS_MAX = 50_000_000  # of a whole plan, beside one per item and bucket


def build(given: Given, orders_max: int = ORDERS_MAX) -> Snapshot:
    """The snapshot of an input, or the problem that names what is wrong with it."""
    items = by_id(given.items)
    demands = quantities(given.demands, items, given.buckets, "demand")
    foreseen = quantities(given.forecasts, items, given.buckets, "forecast")
    expected = {id: left_of(items[id], own, demands.get(id, {})) for id, own in foreseen.items()}
    receipts = quantities(given.receipts, items, given.buckets, "receipts")
    blown = {
        id
        for id, item in items.items()
        if item.phantom
        and not (stocked(item) or any(id in one for one in (demands, foreseen, receipts)))
    }
    edges = prepare(given, items, blown)
    uses = [(one.parent, one.component, [id for _, id, _, _ in one.instead]) for one in edges]
    levels = low_levels(items, planned_after(uses))
    order = sorted(items, key=lambda one: (levels[one], one))
    dated = [dated_rows(order, demands, expected), dated_rows(order, receipts)]
    snapshot = laid_out([items[id] for id in order], levels, edges, given, dated)
    check_bounds(snapshot, orders_max)
    return snapshot


def by_id(items: Iterable[Item]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for item in items:
        if item.id in found:
            raise PlanningItemTwice(item=item.id)
        check_times(item)
        check_shares(item)
        found[item.id] = item
    return found


def check_times(item: Item) -> None:
    times = {
        "lead_time": item.lead_time,
        "safety_time": item.safety_time,
        "minimum_life": item.minimum_life,
        "shelf_life": item.shelf_life or 0,
        **{name: getattr(item, name) for name in FENCES},
    }
    for field, value in times.items():
        if value < 0:
            raise PlanningNumberNegative(item=item.id, field=field, value=value)
        if value > TIME_MAX:
            raise PlanningNumberOutOfRange(item=item.id, field=field, value=value, most=TIME_MAX)
    if item.shelf_life is not None and item.shelf_life < item.minimum_life + item.safety_time:
        needed = item.minimum_life + item.safety_time
        raise ShelfLifeImpossible(item=item.id, shelf_life=item.shelf_life, needed=needed)


def check_shares(item: Item) -> None:
    if not 0 <= item.decimals <= DECIMALS_MAX:
        raise PlanningNumberOutOfRange(
            item=item.id, field="decimals", value=item.decimals, most=DECIMALS_MAX
        )
    if item.yield_ < 0:
        raise PlanningNumberNegative(item=item.id, field="yield", value=item.yield_)
    if not 0 < item.yield_ <= 1:
        raise PlanningNumberOutOfRange(item=item.id, field="yield", value=item.yield_, most=1)
    if item.lot_rule.periods < 1:
        raise LotRuleImpossible(item=item.id, periods=item.lot_rule.periods)


def stocked(item: Item) -> bool:
    """Whether a phantom has what must be netted before its components are needed."""
    safety = item.safety_stock
    steps = [safety] if isinstance(safety, Decimal) else safety
    return item.on_hand != 0 or bool(item.lots) or any(step != 0 for step in steps)


Quantities = Mapping[str, Mapping[int, int]]


def quantities(
    dated: Iterable[Dated], items: Mapping[str, Item], buckets: int, field: str
) -> Quantities:
    """Smallest units by item and bucket."""
    found: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for one in dated:
        if one.item not in items:
            raise PlanningItemUnknown(item=one.item, named_in=field)
        if not 0 <= one.bucket < buckets:
            raise BucketOutOfHorizon(item=one.item, field=field, bucket=one.bucket, buckets=buckets)
        decimals = items[one.item].decimals
        if count := scaled(one.quantity, decimals, one.item, field):
            found[one.item][one.bucket] += count
    return found


def left_of(item: Item, foreseen: Mapping[int, int], ordered: Mapping[int, int]) -> dict[int, int]:
    """What an item's orders leave of its forecasts, by bucket."""
    spans = item.consume_back, item.consume_ahead, item.demand_fence
    left = unconsumed(list(foreseen.items()), list(ordered.items()), *spans)
    return {bucket: quantity for bucket, quantity in left if quantity}


def dated_rows(order: Sequence[str], *kinds: Quantities) -> Rows:
    """By item and bucket; within a bucket the kinds in turn: orders before forecasts."""
    return rows(
        [
            [
                (b, q)
                for b, _, q in sorted(
                    (bucket, kind, quantity)
                    for kind, one in enumerate(kinds)
                    for bucket, quantity in one.get(id, {}).items()
                )
            ]
            for id in order
        ]
    )


def laid_out(
    items: Sequence[Item],
    levels: Mapping[str, int],
    edges: Sequence[Edge],
    given: Given,
    dated: Sequence[Rows],
) -> Snapshot:
    times = [ratio(item.lead_time_per_unit, item.id, "lead_time_per_unit") for item in items]
    yields = [ratio(item.yield_, item.id, "yield") for item in items]
    rules, lots = [lot_rule(item) for item in items], [lots_of(item) for item in items]
    place, ordered = ordered_edges(items, edges)
    return Snapshot(
        ids=tuple(item.id for item in items),
        buckets=given.buckets,
        level=column(levels[item.id] for item in items),
        decimals=column(item.decimals for item in items),
        stock=column(map(stock_of, items, lots)),
        lead=column(item.lead_time * item.real for item in items),
        unit_time=column(top * item.real for item, (top, _) in zip(items, times, strict=True)),
        unit_time_of=column(below * 10 ** items[i].decimals for i, (_, below) in enumerate(times)),
        safety_time=column(item.safety_time * item.real for item in items),
        working=column(item.working_days for item in items),
        good=column(good for good, _ in yields),
        started=column(started for _, started in yields),
        minimum=column(rule[0] for rule in rules),
        maximum=column(rule[1] for rule in rules),
        multiple=column(rule[2] for rule in rules),
        periods=column(rule[3] for rule in rules),
        fence=column(item.planning_fence * item.real for item in items),
        minimum_life=column(item.minimum_life for item in items),
        shelf_life=column(NEVER if item.shelf_life is None else item.shelf_life for item in items),
        workdays=workdays(given.working or [True] * given.buckets),
        used=where_used(place, ordered),
        demand=dated[0],
        receipts=dated[1],
        lots=rows(lots),
        safety=rows([safety_steps(item, given.buckets) for item in items]),
        extra=column(),
        alternates=standing_in(place, ordered),
    )


def lot_rule(item: Item) -> tuple[int, int, int, int]:
    """Minimum and maximum (0: none) in whole multiples, multiple, periods; a phantom has none."""
    rule = item.lot_rule
    if item.phantom:
        return 0, 0, 1, 1
    minimum = scaled(rule.minimum, item.decimals, item.id, "lot_rule.minimum")
    maximum = scaled(rule.maximum or Decimal(0), item.decimals, item.id, "lot_rule.maximum")
    multiple = scaled(rule.multiple or Decimal(0), item.decimals, item.id, "lot_rule.multiple")
    multiple = multiple or 1
    least = -(-max(minimum, 1) // multiple) * multiple
    if rule.maximum is not None and maximum < least:
        raise LotRuleImpossible(
            item=item.id, minimum=rule.minimum, maximum=rule.maximum, multiple=rule.multiple
        )
    smallest = -(-minimum // multiple) * multiple
    return smallest, maximum // multiple * multiple, multiple, rule.periods


def lots_of(item: Item) -> list[tuple[int, int]]:
    """(last usable bucket, quantity), first to expire first; equal ones are one."""
    found: defaultdict[int, int] = defaultdict(int)
    for lot in item.lots:
        if abs(lot.last_usable_bucket) > NEVER:
            raise PlanningNumberOutOfRange(
                item=item.id, field="last_usable_bucket", value=lot.last_usable_bucket, most=NEVER
            )
        found[lot.last_usable_bucket] += scaled(lot.quantity, item.decimals, item.id, "lots")
    return sorted((until, quantity) for until, quantity in found.items() if quantity)


def stock_of(item: Item, lots: Iterable[tuple[int, int]]) -> int:
    """Stock without expiry: what is on hand beside the lots. Lots alone need no on_hand."""
    in_lots = sum(quantity for _, quantity in lots)
    on_hand = scaled(item.on_hand, item.decimals, item.id, "on_hand")
    if 0 < on_hand < in_lots:
        raise PlanningNumberOutOfRange(
            item=item.id,
            field="on_hand",
            value=item.on_hand,
            least=Decimal(in_lots).scaleb(-item.decimals),
        )
    return max(on_hand - in_lots, 0)


def safety_steps(item: Item, buckets: int) -> list[tuple[int, int]]:
    """Where the safety stock changes: (bucket, level), the first at bucket 0; none: zero."""
    if isinstance(item.safety_stock, Decimal):
        level = scaled(item.safety_stock, item.decimals, item.id, "safety_stock")
        return [(0, level)] if level else []
    if len(item.safety_stock) != buckets:
        raise BucketOutOfHorizon(
            item=item.id, field="safety_stock", given=len(item.safety_stock), buckets=buckets
        )
    row = [scaled(one, item.decimals, item.id, "safety_stock") for one in item.safety_stock]
    steps = [(b, level) for b, level in enumerate(row) if b == 0 or level != row[b - 1]]
    return steps if any(row) else []


def rows(by_item: Sequence[Sequence[tuple[int, int]]]) -> Rows:
    at = column([0])
    for own in by_item:
        at.append(at[-1] + len(own))
    return Rows(
        at,
        column(bucket for own in by_item for bucket, _ in own),
        column(quantity for own in by_item for _, quantity in own),
    )


def ordered_edges(
    items: Sequence[Item], edges: Sequence[Edge]
) -> tuple[Mapping[str, int], Sequence[Edge]]:
    """Where each item stands, and the edges by component, parent and period."""
    place = {item.id: index for index, item in enumerate(items)}
    return place, sorted(
        edges, key=lambda one: (place[one.component], place[one.parent], one.first)
    )


def where_used(place: Mapping[str, int], ordered: Sequence[Edge]) -> WhereUsed:
    return WhereUsed(
        starts_of(len(place), (place[edge.component] for edge in ordered)),
        column(place[edge.parent] for edge in ordered),
        column(edge.numerator for edge in ordered),
        column(edge.denominator for edge in ordered),
        column(edge.first for edge in ordered),
        column(edge.last for edge in ordered),
    )


def standing_in(place: Mapping[str, int], ordered: Sequence[Edge]) -> Alternates:
    return alternates(
        len(place),
        (
            (place[edge.component], number, place[id], top, below)
            for number, edge in enumerate(ordered)
            for _, id, top, below in edge.instead
        ),
    )
