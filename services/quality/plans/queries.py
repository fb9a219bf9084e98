"""Which plan a lot opens with."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.quality.plans.rules import DEFAULT
from services.quality.plans.tables import InspectionPlan
from shared.database import AsyncSession


async def characteristics_for(
    session: AsyncSession, company: UUID, stage: str, item_ids: Iterable[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """The characteristics by item: its own plan, else the default one. One statement."""
    wanted = set(item_ids)
    rows = await session.execute(
        select(InspectionPlan).where(
            col(InspectionPlan.company_id) == company,
            col(InspectionPlan.stage) == stage,
            col(InspectionPlan.item_id).in_(wanted),
        )
    )
    own = {plan.item_id: plan.characteristics for plan in rows.scalars()}
    return {id: own.get(id, list(DEFAULT)) for id in wanted}
