"""Planning over HTTP: plan a demand, release what was planned."""

from uuid import UUID

from fastapi import APIRouter

from services.production.demands.commands import lines_of
from services.production.demands.queries import show_demand
from services.production.demands.rules import LIFECYCLE, DemandNotFound
from services.production.planning.commands import plan, release_planned
from services.production.planning.rules import (
    ItemHasNoBom,
    ItemNotActive,
    PlannedBefore,
    StructureCircular,
)
from shared.auth import CurrentActor, needs
from shared.contracts.base import Act
from shared.contracts.production.demand_answers import DemandShown
from shared.contracts.production.planned_orders import PlanReleased, ReleasePlanned
from shared.lifecycle import ActionNotAllowed
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(tags=["planning"], route_class=TransactionRoute)


@router.post(
    "/demands/{id}/actions/plan",
    dependencies=[needs(LIFECYCLE["plan"].permission)],
    responses=problems(
        ActionNotAllowed, DemandNotFound, ItemHasNoBom, ItemNotActive, StructureCircular
    ),
)
async def act_plan(id: UUID, act: Act, session: Session, actor: CurrentActor) -> DemandShown:
    """Compute the demand's planned orders over all levels, in place of an earlier plan."""
    demand = await plan(session, actor, id, act)
    return await show_demand(session, actor, demand, await lines_of(session, id))


@router.post(
    "/planned-orders/actions/release",
    dependencies=[needs(LIFECYCLE["release"].permission)],
    responses=problems(ActionNotAllowed, DemandNotFound, PlannedBefore),
)
async def act_release(wish: ReleasePlanned, session: Session, actor: CurrentActor) -> PlanReleased:
    """Release a demand's plan, or some of it."""
    return await release_planned(session, actor, wish)
