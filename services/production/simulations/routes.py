"""Simulations over HTTP: no database, nothing stored."""

from fastapi import APIRouter, Response

from services.production.mrp.engine.faults import (
    BucketOutOfHorizon,
    LotRuleImpossible,
    PlanningCycle,
    PlanningItemTwice,
    PlanningItemUnknown,
    PlanningNumberNegative,
    PlanningNumberOutOfRange,
    PlanningNumberTooPrecise,
    PlanningOverflow,
    PlanningSubstituteCycle,
    PlanningTooManyOrders,
    ShelfLifeImpossible,
)
from services.production.plan_desk.queries import DESK
from services.production.simulations.rules import SimulationTooLarge, simulated_json
from shared.auth import needs
from shared.contracts.production.simulations import PlanSimulated, SimulatePlan
from shared.service import problems

router = APIRouter(prefix="/planning", tags=["planning"])


@router.post(
    "/simulations",
    dependencies=[needs("production.simulation.run")],
    response_model=PlanSimulated,
    responses=problems(
        BucketOutOfHorizon,
        LotRuleImpossible,
        PlanningCycle,
        PlanningItemTwice,
        PlanningItemUnknown,
        PlanningNumberNegative,
        PlanningNumberOutOfRange,
        PlanningNumberTooPrecise,
        PlanningOverflow,
        PlanningSubstituteCycle,
        PlanningTooManyOrders,
        ShelfLifeImpossible,
        SimulationTooLarge,
    ),
)
async def post_simulation(wish: SimulatePlan) -> Response:
    """Plan the items given, by the same rules as a planning run. Stores nothing."""
    body = await DESK.run(simulated_json, wish)
    return Response(body, media_type="application/json")
