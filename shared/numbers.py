"""Document numbers that people see, without gaps within a series and year."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import text

from shared.database import AsyncSession

TAKE = text("""
INSERT INTO number_series (company_id, series, period, last) VALUES (:company, :series, :period, :n)
ON CONFLICT (company_id, series, period) DO UPDATE SET last = number_series.last + excluded.last
RETURNING last
""")


TAKE_MANY = text("""
INSERT INTO number_series (company_id, series, period, last)
SELECT :company, series, period, n
FROM unnest(CAST(:series AS text[]), CAST(:periods AS text[]), CAST(:counts AS int[]))
  AS asked (series, period, n)
ORDER BY series, period
ON CONFLICT (company_id, series, period) DO UPDATE SET last = number_series.last + excluded.last
RETURNING series, last
""")


async def take_lasts(
    session: AsyncSession, company_id: UUID, counts: Mapping[tuple[str, str], int]
) -> dict[str, int]:
    """Places of several (series, period) in one statement; the last of each by its series."""
    asked = {
        "company": company_id,
        "series": [series for series, _ in counts],
        "periods": [period for _, period in counts],
        "counts": list(counts.values()),
    }
    return {row.series: row.last for row in await session.execute(TAKE_MANY, asked)}


async def take_last(
    session: AsyncSession, company_id: UUID, series: str, period: str, count: int = 1
) -> int:
    """Take `count` places of a series in a period; the last of them. For numbers by own rule."""
    asked = {"company": company_id, "series": series, "period": period, "n": count}
    return int((await session.execute(TAKE, asked)).scalar_one())


async def take_numbers(
    session: AsyncSession, company_id: UUID, series: str, day: date, count: int = 1
) -> list[str]:
    """The next `count` numbers of a series, such as `PO-2026-000123`, counted per year.

    Gapless: the counter's row stays locked to the end of the transaction, so take numbers late.
    """
    last = await take_last(session, company_id, series, str(day.year), count)
    return [f"{series}-{day.year}-{number:06d}" for number in range(last - count + 1, last + 1)]


async def take_number(session: AsyncSession, company_id: UUID, series: str, day: date) -> str:
    """The next number of a series; see `take_numbers`."""
    return (await take_numbers(session, company_id, series, day))[0]
