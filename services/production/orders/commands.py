"""Production orders under their lock: paused, resumed, given up."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.production.orders.rules import (
    LIFECYCLE,
    OrderNotFound,
    StillGood,
    passed,
)
from services.production.orders.tables import ProductionOrder
from services.production.plan_to_produce.plan import PLAN
from shared.actor import Actor
from shared.batches import Batch
from shared.contracts.base import Act
from shared.contracts.production.events import ProductionCancelled
from shared.database import AsyncSession
from shared.lifecycle import expect_version
from shared.outbox import record
from shared.saga_store import cancel_all


async def lock_order(
    session: AsyncSession, company_id: UUID, id: UUID, seen: int | None = None
) -> ProductionOrder:
    """The order under its lock, at the version that the caller saw."""
    order = await session.get(ProductionOrder, id, with_for_update=True)
    if order is None or order.company_id != company_id:
        raise OrderNotFound(order_id=id)
    expect_version(seen, order.version)
    return order


async def lock_orders(
    session: AsyncSession, company_id: UUID, batch: Batch
) -> list[ProductionOrder]:
    """The orders in id order, so that two lists cannot deadlock, at the versions that were seen."""
    rows = await session.execute(
        select(ProductionOrder)
        .where(
            col(ProductionOrder.id).in_(batch.seen), col(ProductionOrder.company_id) == company_id
        )
        .order_by(col(ProductionOrder.id))
        .with_for_update()
    )
    orders = list(rows.scalars())
    versions = {order.id: order.version for order in orders}
    batch.expect(versions, lambda ids: OrderNotFound(order_id=ids[0]))
    return standing(orders, batch)


def standing(orders: Sequence[ProductionOrder], batch: Batch) -> list[ProductionOrder]:
    """Those of the orders that nothing stands against so far."""
    return [order for order in orders if batch.stands(order.id)]


async def lock_ours(session: AsyncSession, ids: Sequence[UUID]) -> list[ProductionOrder]:
    """Those of the ids that are production orders, locked in id order."""
    if not ids:
        return []
    rows = await session.execute(
        select(ProductionOrder)
        .where(col(ProductionOrder.id).in_(ids))
        .order_by(col(ProductionOrder.id))
        .with_for_update()
    )
    return list(rows.scalars())


async def pause_order(
    session: AsyncSession, actor: Actor, id: UUID, act: Act, verb: str
) -> ProductionOrder:
    """Pause, or resume where it stood."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check(verb, order.state, actor, note=act.note)
    if verb == "pause":
        order.paused_from, order.state = order.state, "paused"
    else:
        order.state, order.paused_from = order.paused_from or "released", None
    order.version += 1
    return order


async def cancel_orders(
    session: AsyncSession, actor: Actor, batch: Batch, note: str | None
) -> list[ProductionOrder]:
    """Give orders up. Issued material must come back: inventory opens a task for it."""
    orders = await lock_orders(session, actor.company_id, batch)
    for order in orders:
        with batch.judging(order.id):
            LIFECYCLE.check("cancel", order.state, actor, note=note)
            if order.state == "completed" and (
                order.rejected is None or passed(order.accepted, order.conceded)
            ):
                raise StillGood(order=order.number, lot=order.lot_number)
    given_up = standing(orders, batch)
    await end_orders(session, given_up, note or "")
    return given_up


async def end_orders(session: AsyncSession, orders: Sequence[ProductionOrder], reason: str) -> None:
    """Under the orders' locks: cancelled, told, and their sagas turned back."""
    for order in orders:
        in_use = order.material == "issued" and order.lot_number is None
        order.state, order.version = "cancelled", order.version + 1
        record(
            session,
            ProductionCancelled(
                order_id=order.id,
                number=order.number,
                item_id=order.item_id,
                demand_id=order.demand_id,
                issued=in_use,
            ),
        )
    await cancel_all(session, PLAN, [order.id for order in orders], reason)


async def cancel_unstarted(session: AsyncSession, demand_id: UUID, reason: str) -> int:
    """Cancel the demand's orders whose material is still on the shelf; returns how many."""
    rows = await session.execute(
        select(ProductionOrder)
        .where(
            col(ProductionOrder.demand_id) == demand_id,
            col(ProductionOrder.state).in_(("firmed", "released", "paused")),
            col(ProductionOrder.material).in_(("waiting", "held")),
        )
        .order_by(col(ProductionOrder.id))
        .with_for_update()
    )
    unstarted = list(rows.scalars())
    await end_orders(session, unstarted, reason)
    return len(unstarted)
