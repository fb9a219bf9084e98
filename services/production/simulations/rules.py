"""From a request to the engine's input, and from its plan to an answer. Pure."""

from typing import Any

from services.production.mrp.engine.building import build
from services.production.mrp.engine.given import Dated, Given, Item, Line, Lot, LotRule
from services.production.mrp.engine.messages import Message, messages
from services.production.mrp.engine.net import plan_by_loop, receipt_of
from services.production.mrp.engine.peg import Peg, pegs
from services.production.mrp.engine.plan import Order, Plan
from services.production.mrp.engine.scaling import shown
from services.production.mrp.engine.snapshot import Snapshot
from services.production.mrp.engine.timeline import ROWS, item_plan
from services.production.mrp.engine.words import said
from shared.contracts.production.simulations import (
    PlanSimulated,
    SimulatedItem,
    SimulatedItemPlan,
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
DAYS = {"day": 1, "week": 7}


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
    return PlanSimulated(
        buckets=wish.buckets,
        unit=wish.unit,
        engine="loop",
        input_hash=snapshot.digest(),
        plan_hash=plan.digest(),
        items=tuple(item_answer(snapshot, plan, places[one.id], wish.unit) for one in wish.items),
    )


def simulated_json(wish: SimulatePlan) -> str:
    """The answer as it travels: made in the planning process, one at a time."""
    return simulated(wish).model_dump_json()


def check_size(wish: SimulatePlan) -> None:
    cells, steps = len(wish.items) * wish.buckets, len(wish.bom) * wish.buckets
    if cells > CELLS_MAX or steps > STEPS_MAX:
        raise SimulationTooLarge(
            item_buckets=cells, item_buckets_max=CELLS_MAX,
            line_buckets=steps, line_buckets_max=STEPS_MAX,
        )  # fmt: skip


def given_of(wish: SimulatePlan) -> Given:
    return Given(
        buckets=wish.buckets,
        items=[item_of(item) for item in wish.items],
        lines=[
            Line(line.parent, line.component, line.per, line.scrap, line.first, line.last)
            for line in wish.bom
        ],
        demands=[dated(one) for one in wish.demand],
        receipts=[dated(one) for one in wish.receipts],
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
        lot_rule=LotRule(rule.minimum, rule.maximum, rule.multiple, rule.periods),
    )


def item_answer(snapshot: Snapshot, plan: Plan, item: int, unit: str) -> SimulatedItemPlan:
    planned = item_plan(snapshot, plan, item)
    rows: dict[str, Any] = {
        name: tuple(words(snapshot, item, value) for value in getattr(planned.rows, name))
        for name in ROWS
    }
    found = messages(snapshot, item, planned)
    return SimulatedItemPlan.model_construct(
        **rows,
        id=snapshot.ids[item],
        level=snapshot.level[item],
        orders=tuple(order_answer(snapshot, item, order) for order in planned.orders),
        messages=tuple(message_answer(snapshot, item, one, DAYS[unit]) for one in found),
        pegs=tuple(peg_answer(snapshot, item, peg) for peg in pegs(snapshot, plan, item)),
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


def peg_answer(snapshot: Snapshot, item: int, peg: Peg) -> SimulatedPeg:
    supply, use = peg.supply, peg.use
    return SimulatedPeg(
        item=snapshot.ids[item],
        supply=SimulatedSupply(kind=supply.kind, number=supply.number, bucket=supply.bucket),
        use=SimulatedUse(
            kind=use.kind, item=snapshot.ids[use.item], number=use.number, bucket=use.bucket
        ),
        quantity=words(snapshot, item, peg.quantity),
    )
