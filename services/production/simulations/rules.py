"""From a request to the engine's input, and from its plan to an answer. Pure."""

from typing import Any

from services.production.mrp.engine.building import build
from services.production.mrp.engine.given import (
    Dated,
    Given,
    Item,
    Line,
    Lot,
    LotRule,
    Substitute,
)
from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.messages import Message, messages
from services.production.mrp.engine.net import receipt_of
from services.production.mrp.engine.peg import Peg, Use, pegs
from services.production.mrp.engine.plan import Order, Plan
from services.production.mrp.engine.scaling import shown
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.timeline import ROWS, item_plan, promises
from services.production.mrp.engine.words import said
from shared.contracts.production.simulations import (
    PlanSimulated,
    SimulatedItem,
    SimulatedItemPlan,
    SimulatedLine,
    SimulatedMessage,
    SimulatedOrder,
    SimulatedPeg,
    SimulatedQuantity,
    SimulatedSupply,
    SimulatedUse,
    SimulatePlan,
)
from shared.decimals import plain
from shared.i18n import Bilingual
from shared.problems import Refused

CELLS_MAX = 100_000  # items × buckets
STEPS_MAX = 100_000  # structure lines × buckets: as many pegs at most
ORDERS_MAX = 20_000  # that a maximum lot may add
EXPIRY_STEPS_MAX = 2_000_000  # substitutes with expiry × buckets²: each is tried from each bucket
DAYS = {"day": 1, "week": 7}
Ordered = set[tuple[int, int]]
"""Places of items and buckets in which orders, not only forecasts, want something."""


class SimulationTooLarge(Refused):
    title = Bilingual(
        "The simulation is larger than one request may be", "模拟规模超出单次请求上限"
    )
    lifted_by = Bilingual(
        "Use fewer items, lines or buckets; a planning run has no such limit",
        "减少物料、物料清单行或时间段；计划运行没有此限制",
    )


def simulated(wish: SimulatePlan) -> PlanSimulated:
    """The whole answer, by the reference engine."""
    check_size(wish)
    snapshot = build(given_of(wish), ORDERS_MAX)
    plan = plan_by_loop(snapshot)
    places = {id: place for place, id in enumerate(snapshot.ids)}
    ordered = {(places[one.item], one.bucket) for one in wish.demand if one.quantity}
    return PlanSimulated(
        buckets=wish.buckets,
        unit=wish.unit,
        engine="loop",
        input_hash=snapshot.digest(),
        plan_hash=plan.digest(),
        items=tuple(
            item_answer(snapshot, plan, places[one.id], wish, ordered) for one in wish.items
        ),
    )


def simulated_json(wish: SimulatePlan) -> str:
    """The answer as it travels: made in the planning process, one at a time."""
    return simulated(wish).model_dump_json()


def check_size(wish: SimulatePlan) -> None:
    cells, steps = len(wish.items) * wish.buckets, len(wish.bom) * wish.buckets
    expiring = {one.id for one in wish.items if one.lots or one.shelf_life is not None}
    tried = sum(one.component in expiring for line in wish.bom for one in line.substitutes)
    walks = tried * wish.buckets**2
    if cells > CELLS_MAX or steps > STEPS_MAX or walks > EXPIRY_STEPS_MAX:
        raise SimulationTooLarge(
            item_buckets=cells, item_buckets_max=CELLS_MAX,
            line_buckets=steps, line_buckets_max=STEPS_MAX,
            substitute_steps=walks, substitute_steps_max=EXPIRY_STEPS_MAX,
        )  # fmt: skip


def given_of(wish: SimulatePlan) -> Given:
    return Given(
        buckets=wish.buckets,
        items=[item_of(item) for item in wish.items],
        lines=[line_of(line) for line in wish.bom],
        demands=[dated(one) for one in wish.demand],
        receipts=[dated(one) for one in wish.receipts],
        forecasts=[dated(one) for one in wish.forecast],
    )


def line_of(line: SimulatedLine) -> Line:
    return Line(
        line.parent,
        line.component,
        line.per,
        line.scrap,
        line.first if line.from_bucket is None else line.from_bucket,
        line.last if line.until_bucket is None else line.until_bucket,
        [Substitute(one.component, one.per, one.priority) for one in line.substitutes],
    )


def dated(one: SimulatedQuantity) -> Dated:
    return Dated(one.item, one.bucket, one.quantity)


def item_of(item: SimulatedItem) -> Item:
    rule = item.lot_rule
    return Item(
        id=item.id,
        on_hand=item.on_hand,
        decimals=item.decimals,
        lead_time=item.lead_time,
        lead_time_per_unit=item.lead_time_per_unit,
        safety_time=item.safety_time,
        safety_stock=item.safety_stock,
        yield_=item.yield_,
        phantom=item.phantom,
        lots=[Lot(lot.quantity, lot.last_usable_bucket) for lot in item.lots],
        minimum_life=item.minimum_life,
        shelf_life=item.shelf_life,
        planning_fence=item.planning_fence,
        consume_back=item.consume_back,
        consume_ahead=item.consume_ahead,
        demand_fence=item.demand_fence,
        lot_rule=LotRule(rule.minimum, rule.maximum, rule.multiple, rule.periods),
    )


def item_answer(
    snapshot: Snapshot, plan: Plan, item: int, wish: SimulatePlan, ordered: Ordered
) -> SimulatedItemPlan:
    planned = item_plan(snapshot, plan, item)
    rows: dict[str, Any] = {
        name: tuple(words(snapshot, item, value) for value in getattr(planned.rows, name))
        for name in ROWS
    }
    found = messages(snapshot, item, planned)
    forecasts = [
        one
        for number, one in enumerate(snapshot.demand.of(item))
        if use_kind(snapshot, Use("demand", item, number, one[0]), ordered) == "forecast"
    ]
    return SimulatedItemPlan.model_construct(
        **rows,
        available_to_promise=tuple(
            words(snapshot, item, free)
            for free in promises(snapshot, planned.rows, item, forecasts)
        ),
        id=snapshot.ids[item],
        level=snapshot.level[item],
        orders=tuple(order_answer(snapshot, item, order) for order in planned.orders),
        messages=tuple(message_answer(snapshot, item, one, DAYS[wish.unit]) for one in found),
        pegs=tuple(peg_answer(snapshot, item, peg, ordered) for peg in pegs(snapshot, plan, item)),
    )


def words(snapshot: Snapshot, item: int, count: int) -> str:
    """A count as the plain decimal it stands for."""
    if decimals := snapshot.decimals[item]:
        return plain(shown(count, decimals))
    return str(count)


def order_answer(snapshot: Snapshot, item: int, order: Order) -> SimulatedOrder:
    return SimulatedOrder(
        item=snapshot.ids[item],
        bucket=receipt_of(snapshot, item, order.need),
        need_bucket=order.need,
        release_bucket=order.release,
        quantity=words(snapshot, item, order.quantity),
        start_quantity=words(snapshot, item, order.start),
    )


def message_answer(snapshot: Snapshot, item: int, message: Message, days: int) -> SimulatedMessage:
    off = message.buckets * days
    reason = said(message, off, shown(message.quantity, snapshot.decimals[item]))
    return SimulatedMessage(
        item=snapshot.ids[item],
        kind=message.kind,
        bucket=message.bucket,
        to_bucket=message.to,
        days=off,
        quantity=words(snapshot, item, message.quantity),
        reason=reason.en,
        reason_zh=reason.zh,
    )


def peg_answer(snapshot: Snapshot, item: int, peg: Peg, ordered: Ordered) -> SimulatedPeg:
    supply, use = peg.supply, peg.use
    instead_of = None if use.instead_of < 0 else snapshot.ids[use.instead_of]
    return SimulatedPeg(
        item=snapshot.ids[item],
        supply=SimulatedSupply(kind=supply.kind, number=supply.number, bucket=supply.bucket),
        use=SimulatedUse(
            kind=use_kind(snapshot, use, ordered),
            item=snapshot.ids[use.item],
            number=use.number,
            bucket=use.bucket,
            instead_of=instead_of,
        ),
        quantity=words(snapshot, item, peg.quantity),
    )


def use_kind(snapshot: Snapshot, use: Use, ordered: Ordered) -> str:
    """A forecast is told from an order: it stands alone in its bucket, or behind the order."""
    if use.kind != "demand":
        return use.kind
    before = snapshot.demand.at[use.item] + use.number - 1
    behind = use.number > 0 and snapshot.demand.bucket[before] == use.bucket
    return "forecast" if behind or (use.item, use.bucket) not in ordered else "demand"
