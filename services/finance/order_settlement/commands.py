"""Emptying a production order's cost when nothing more is to come from it."""

from datetime import date
from uuid import UUID

from services.finance.copies.tables import ProductionOrderCopy
from services.finance.order_settlement.rules import Standing, outcome
from services.finance.posting_rules.rules import Entry
from services.finance.valuation.commands import Move, item_classes, move_values, pools_of
from services.finance.valuation.rules import ZERO
from services.finance.vouchers.commands import post
from services.finance.vouchers.rules import Posting
from services.finance.work_in_progress.commands import order_cost, take
from services.finance.work_in_progress.rules import ELEMENTS, Costs
from services.finance.work_in_progress.tables import OrderCost
from shared.database import AsyncSession


async def settle_order(session: AsyncSession, order_id: UUID, day: date, fact_id: UUID) -> None:
    """Move what an ended order still holds to where its goods are; nothing when it holds nothing.

    Goods on hand take the rest; sold ones charge cost of sales; a given-up order is expense.
    """
    known = await session.get(ProductionOrderCopy, order_id, populate_existing=True)
    if known is None or not (known.closed or known.cancelled):
        return
    order = await order_cost(session, order_id, known.number)
    held = {element: getattr(order, element) for element in ELEMENTS}
    standing = Standing(
        known.closed,
        known.completed,
        known.cancelled,
        known.released_quantity or ZERO,
        order.completed,
        order.material,
    )
    ends = outcome(standing)
    if ends == "wait" or not any(held.values()):
        return
    if ends == "order_settled" and order.item_id is not None:
        await to_goods(session, order, order.item_id, held, day, fact_id)
    else:
        entry = Entry({**held, "total": sum(held.values(), ZERO)}, order_id=order_id)
        await post(session, posting_of("order_abandoned", order, entry, day, fact_id))
    take(order, held)


async def to_goods(
    session: AsyncSession, order: OrderCost, item: UUID, held: Costs, day: date, fact_id: UUID
) -> None:
    total = sum(held.values(), ZERO)
    pool = (await pools_of(session, [item]))[item]
    on_hand = total if pool.quantity > 0 and pool.value + total >= 0 else ZERO
    entry = Entry(
        {**held, "on_hand": on_hand, "used": total - on_hand},
        (await item_classes(session, [item]))[item],
        item_id=item,
        order_id=order.id,
    )
    posted_on = await post(session, posting_of("order_settled", order, entry, day, fact_id))
    if on_hand:
        move = Move(item, ZERO, on_hand)
        await move_values(session, "order_settled", order.id, posted_on, [move])


def posting_of(event: str, order: OrderCost, entry: Entry, day: date, fact_id: UUID) -> Posting:
    return Posting(event, fact_id, "production_order", order.id, order.number, day, [entry])
