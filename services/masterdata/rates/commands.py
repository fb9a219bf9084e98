"""Changes to exchange rates, each told."""

from collections.abc import Sequence

from services.masterdata.masters.commands import Saved, save
from services.masterdata.rates.tables import ExchangeRate
from shared.contracts.masterdata.bodies import RateBody
from shared.contracts.masterdata.events import RatePublished
from shared.database import AsyncSession
from shared.outbox import record


async def save_rates(session: AsyncSession, wishes: Sequence[RateBody]) -> Saved[ExchangeRate]:
    """Create or correct rates by currency and day; documents keep the rate that they used."""
    rows = [wish.model_dump() for wish in wishes]
    saved = await save(session, ExchangeRate, ("currency", "day"), rows)
    await tell_rates(session, saved.touched)
    return saved


async def describe_rates(
    _session: AsyncSession, rows: Sequence[ExchangeRate]
) -> list[RatePublished]:
    return [RatePublished.model_validate(row) for row in rows]


async def tell_rates(session: AsyncSession, rows: Sequence[ExchangeRate]) -> None:
    for event in await describe_rates(session, rows):
        record(session, event)
