"""Planning raises requisitions and lets them fall."""

from services.procurement.requisitions.commands import drop_demand, raise_planned
from shared.contracts.base import Envelope
from shared.contracts.production.events import DemandCancelled, PlannedPurchasesReleased
from shared.database import AsyncSession
from shared.events import react_to


async def on_purchases_released(
    session: AsyncSession, event: PlannedPurchasesReleased, _envelope: Envelope
) -> None:
    await raise_planned(session, event)


async def on_demand_cancelled(
    session: AsyncSession, event: DemandCancelled, _envelope: Envelope
) -> None:
    await drop_demand(session, event.demand_id)


REACTIONS = (
    react_to(PlannedPurchasesReleased, on_purchases_released),
    react_to(DemandCancelled, on_demand_cancelled),
)
