"""Changes to forecasts."""

from sqlalchemy.dialects.postgresql import insert

from services.production.copies.queries import items_by_id
from services.production.forecasts.rules import check_lines
from services.production.forecasts.tables import Forecast
from shared.actor import Actor
from shared.contracts.production.plan_runs import PutForecasts
from shared.database import AsyncSession, table_of


async def put_forecasts(session: AsyncSession, actor: Actor, wish: PutForecasts) -> None:
    """Each line stands for its item and day from now on, in one statement."""
    check_lines(wish.lines)
    await items_by_id(session, actor.company_id, {line.item_id for line in wish.lines})
    rows = [
        {"company_id": actor.company_id, "version": 1, **line.model_dump()}
        for line in sorted(wish.lines, key=lambda one: (one.item_id, one.day))
    ]
    table = table_of(Forecast)
    fresh = insert(table).values(rows)
    await session.execute(
        fresh.on_conflict_do_update(
            index_elements=["company_id", "item_id", "day"],
            set_={"quantity": fresh.excluded.quantity, "version": table.c.version + 1},
        )
    )
