"""Looking up what others told."""

from datetime import date
from decimal import Decimal

from sqlmodel import col, select

from services.finance.copies.rules import RateUnknown
from services.finance.copies.tables import RateCopy
from shared.database import AsyncSession
from shared.outbox import teller

COMPANY_CURRENCY = "CNY"


async def rate_on(session: AsyncSession, currency: str, day: date) -> Decimal:
    """Company currency per unit on a day: the newest rate not after it. Raises RateUnknown."""
    if currency == COMPANY_CURRENCY:
        return Decimal(1)
    found = await session.exec(
        select(RateCopy)
        .where(
            RateCopy.company_id == teller(session).company_id,
            RateCopy.currency == currency,
            RateCopy.day <= day,
        )
        .order_by(col(RateCopy.day).desc())
        .limit(1)
    )
    known = found.first()
    if known is None:
        raise RateUnknown(currency=currency, day=day)
    return known.rate
