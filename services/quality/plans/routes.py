"""Inspection plans over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.quality.plans.commands import save_plan
from services.quality.plans.rules import CharacteristicTwice, PlanUnknown
from services.quality.plans.tables import InspectionPlan
from shared.auth import CurrentActor, needs
from shared.contracts.quality.inspections import PlanShown, SavePlan, StageName
from shared.lifecycle import VersionStale
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/plans", tags=["plans"], route_class=TransactionRoute)


@router.get(
    "/{item_id}/{stage}",
    dependencies=[needs("quality.plan.read")],
    responses=problems(PlanUnknown),
)
async def show_plan(
    item_id: UUID, stage: StageName, session: Session, actor: CurrentActor
) -> PlanShown:
    """The item's own plan for a stage."""
    plan = await session.get(InspectionPlan, (actor.company_id, item_id, stage))
    if plan is None:
        raise PlanUnknown(item_id=item_id, stage=stage)
    return PlanShown.model_validate(plan)


@router.put(
    "/{item_id}/{stage}",
    dependencies=[needs("quality.plan.write")],
    responses=problems(CharacteristicTwice, VersionStale),
)
async def put_plan(item_id: UUID, stage: StageName, wish: SavePlan, session: Session) -> PlanShown:
    """Make or replace the plan; lots that are open keep the one they opened with."""
    return PlanShown.model_validate(await save_plan(session, item_id, stage, wish))
