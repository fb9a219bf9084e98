"""Simulations over HTTP: no database, nothing stored."""

import asyncio
from weakref import WeakKeyDictionary

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
    PlanningTooManyOrders,
    ShelfLifeImpossible,
)
from services.production.simulations.rules import SimulationTooLarge, simulated
from shared.auth import needs
from shared.contracts.production.simulations import PlanSimulated, SimulatePlan
from shared.service import problems

router = APIRouter(prefix="/planning", tags=["planning"])
# One at a time per event loop: a second would only make both slower, and the service with them.
TURNS: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]" = WeakKeyDictionary()


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
        PlanningTooManyOrders,
        ShelfLifeImpossible,
        SimulationTooLarge,
    ),
)
async def post_simulation(wish: SimulatePlan) -> Response:
    """Plan the items given, by the same rules as a planning run. Stores nothing."""
    async with TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        body = await asyncio.to_thread(lambda: simulated(wish).model_dump_json())
    return Response(body, media_type="application/json")
