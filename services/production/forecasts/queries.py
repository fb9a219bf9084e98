"""Questions about forecasts."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.production.forecasts.tables import Forecast
from shared.actor import Actor
from shared.contracts.production.plan_runs import ForecastLine, ForecastsShown
from shared.database import AsyncSession


async def forecasts_of(session: AsyncSession, actor: Actor, item_id: UUID) -> ForecastsShown:
    rows = await session.execute(
        select(Forecast)
        .where(col(Forecast.company_id) == actor.company_id, col(Forecast.item_id) == item_id)
        .order_by(col(Forecast.day))
    )
    return ForecastsShown(
        lines=tuple(
            ForecastLine(item_id=one.item_id, day=one.day, quantity=one.quantity)
            for one in rows.scalars()
        )
    )
