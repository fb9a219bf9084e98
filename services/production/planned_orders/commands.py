"""Changes to a demand's plan, under the demand's lock."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.production.planned_orders.tables import PlannedDraw, PlannedOrder
from shared.database import AsyncSession, insert_all, table_of
from shared.outbox import teller

END = text("""
WITH forgotten AS (UPDATE planned_draw SET quantity = 0 WHERE demand_id = :demand)
UPDATE planned_order SET state = :state WHERE demand_id = :demand AND state = 'planned'
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
