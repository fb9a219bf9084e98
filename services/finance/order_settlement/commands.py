"""Emptying a production order's cost when nothing more is to come from it."""

from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

from services.finance.copies.tables import ProductionOrderCopy
from services.finance.order_settlement.rules import Standing, outcome
from services.finance.posting_rules.rules import Entry
from services.finance.valuation.commands import Move, post_valued, stand_of
from services.finance.valuation.rules import ZERO
from services.finance.vouchers.commands import post
from services.finance.vouchers.rules import Posting
from services.finance.work_in_progress.commands import order_cost, take
from services.finance.work_in_progress.rules import ELEMENTS, Costs
from services.finance.work_in_progress.tables import OrderCost
from shared.database import AsyncSession
from shared.outbox import teller

# The books' lock keeps both: what is known of an order that has ended, and what it has cost.
ENDED = (
    select(ProductionOrderCopy, OrderCost)
    .outerjoin(OrderCost, col(OrderCost.id) == col(ProductionOrderCopy.id))
    .where(
        col(ProductionOrderCopy.id) == bindparam("id"),
        col(ProductionOrderCopy.company_id) == bindparam("company"),
        col(ProductionOrderCopy.closed) | col(ProductionOrderCopy.cancelled),
    )
    .execution_options(populate_existing=True)
)


async def settle_order(session: AsyncSession, order_id: UUID, day: date, fact_id: UUID) -> None:
    """Move what an ended order still holds to where its goods are; nothing when it holds nothing.

    Goods on hand take the rest; sold ones charge cost of sales; a given-up order is expense.
    """
    company = teller(session).company_id
    found = (await session.execute(ENDED, {"id": order_id, "company": company})).first()
    if found is None:
        return
    known = found[0]
    order = found[1] or await order_cost(session, order_id, known.number)
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
    stand = (await stand_of(session, [item]))[item]
    pool = stand.pool
    on_hand = total if pool.quantity > 0 and pool.value + total >= 0 else ZERO
    entry = Entry(
        {**held, "on_hand": on_hand, "used": total - on_hand},
        stand.kind,
        item_id=item,
        order_id=order.id,
    )
    moves = [Move(item, ZERO, on_hand)] if on_hand else []
    await post_valued(session, posting_of("order_settled", order, entry, day, fact_id), moves)


def posting_of(event: str, order: OrderCost, entry: Entry, day: date, fact_id: UUID) -> Posting:
    return Posting(event, fact_id, "production_order", order.id, order.number, day, [entry])
