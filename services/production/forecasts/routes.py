"""Forecasts over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.production.copies.rules import ItemNotKnown
from services.production.forecasts.commands import put_forecasts
from services.production.forecasts.queries import forecasts_of
from services.production.forecasts.rules import ForecastTwice
from shared.auth import CurrentActor, needs
from shared.contracts.production.plan_runs import ForecastsShown, PutForecasts
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/planning/forecasts", tags=["planning"], route_class=TransactionRoute)


@router.put(
    "", dependencies=[needs("production.forecast.write")],
    responses=problems(ForecastTwice, ItemNotKnown),
)  # fmt: skip
async def put_list(wish: PutForecasts, session: Session, actor: CurrentActor) -> PutForecasts:
    """Put forecasts in place, each for its item and day; safe to repeat."""
    await put_forecasts(session, actor, wish)
    return wish


@router.get("", dependencies=[needs("production.forecast.read")])
async def get_list(item_id: UUID, session: Session, actor: CurrentActor) -> ForecastsShown:
    """An item's forecasts by day."""
    return await forecasts_of(session, actor, item_id)
