"""Changes to planned orders: a demand's plan under its lock, a run's order by hand."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.production.planned_orders.rules import PlannedOrderNotFound, check_change
from services.production.planned_orders.tables import PlannedDraw, PlannedOrder
from shared.actor import Actor
from shared.contracts.production.plan_runs import ChangePlanned
from shared.database import AsyncSession, insert_all, table_of
from shared.lifecycle import expect_version
from shared.outbox import teller
from shared.session import now

END = text("""
WITH forgotten AS (UPDATE planned_draw SET quantity = 0 WHERE demand_id = :demand)
UPDATE planned_order SET state = :state WHERE demand_id = :demand AND state = 'planned'
  AND run_id IS NULL
""")


async def end_plan(session: AsyncSession, demand_id: UUID, state: str) -> None:
    """What is still only planned becomes `replaced` or `cancelled`, and takes nothing any more."""
    await session.execute(END, {"demand": demand_id, "state": state})


async def keep_plan(
    session: AsyncSession,
    demand_id: UUID,
    rows: list[dict[str, Any]],
    draws: Mapping[UUID, Decimal],
) -> None:
    """A new plan in place of the one before."""
    await end_plan(session, demand_id, "replaced")
    await insert_all(session, PlannedOrder, rows)
    if draws:
        company = teller(session).company_id
        fresh = insert(table_of(PlannedDraw)).values(
            [
                {
                    "company_id": company,
                    "demand_id": demand_id,
                    "item_id": item_id,
                    "quantity": quantity,
                }
                for item_id, quantity in sorted(draws.items())
            ]
        )
        await session.execute(
            fresh.on_conflict_do_update(
                index_elements=["demand_id", "item_id"],
                set_={"quantity": fresh.excluded.quantity},
            )
        )


async def change_planned(
    session: AsyncSession, actor: Actor, id: UUID, wish: ChangePlanned
) -> PlannedOrder:
    """Firm an order of a plan run, let it loose, or write a note on it."""
    rows = await session.execute(
        select(PlannedOrder)
        .where(col(PlannedOrder.id) == id, col(PlannedOrder.company_id) == actor.company_id)
        .with_for_update()
    )
    if (order := rows.scalar_one_or_none()) is None:
        raise PlannedOrderNotFound(id=id)
    expect_version(wish.version, order.version)
    check_change(order.state, of_run=order.run_id is not None)
    if wish.firm is not None:
        order.firm, order.taken_at = wish.firm, now(session)
    if wish.note is not None:
        order.note = wish.note
    order.version += 1
    await session.flush()
    return order
