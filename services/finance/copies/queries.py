"""Looking up what others told."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import text

from services.finance.copies.rules import RateUnknown
from shared.database import AsyncSession
from shared.outbox import teller

COMPANY_CURRENCY = "CNY"
RATES = text("""
SELECT DISTINCT ON (currency) currency, rate FROM rate_copy
WHERE company_id = :company AND currency = ANY(:asked) AND day <= :day
ORDER BY currency, day DESC
""")


async def rate_on(session: AsyncSession, currency: str, day: date) -> Decimal:
    """Company currency per unit on a day: the newest rate not after it. Raises RateUnknown."""
    return known_rate(await rates_on(session, {currency}, day), currency, day)


async def rates_on(
    session: AsyncSession, currencies: Collection[str], day: date
) -> dict[str, Decimal]:
    """The same for several currencies; one without a rate is left out."""
    rates = {COMPANY_CURRENCY: Decimal(1)}
    if asked := set(currencies) - rates.keys():
        given = {"company": teller(session).company_id, "asked": sorted(asked), "day": day}
        rates |= {row.currency: row.rate for row in await session.execute(RATES, given)}
    return rates


def known_rate(rates: Mapping[str, Decimal], currency: str, day: date) -> Decimal:
    if currency not in rates:
        raise RateUnknown(currency=currency, day=day)
    return rates[currency]
