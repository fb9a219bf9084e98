"""Changes to inspection plans."""

from uuid import UUID

from services.quality.plans.rules import check_codes
from services.quality.plans.tables import InspectionPlan
from shared.contracts.quality.inspections import SavePlan
from shared.database import AsyncSession
from shared.lifecycle import expect_version
from shared.outbox import teller


async def save_plan(
    session: AsyncSession, item_id: UUID, stage: str, wish: SavePlan
) -> InspectionPlan:
    """Make or replace the plan for lots that open from now on; the same plan again is calm."""
    company = teller(session).company_id
    check_codes([one.code for one in wish.characteristics])
    given = [one.model_dump(mode="json") for one in wish.characteristics]
    plan = await session.get(InspectionPlan, (company, item_id, stage), with_for_update=True)
    if plan is None:
        expect_version(wish.version, 0)
        plan = InspectionPlan(
            company_id=company, item_id=item_id, stage=stage, version=1, characteristics=given
        )
        session.add(plan)
        return plan
    if plan.characteristics != given:
        expect_version(wish.version, plan.version)
        plan.characteristics, plan.version = given, plan.version + 1
    return plan
