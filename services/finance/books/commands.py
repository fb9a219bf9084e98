"""A company's books: their lock, and what posting must know of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.finance.accounts.queries import READ, READ_CHART
from services.finance.books.rules import AccountSetting, Books, BooksNotOpen
from services.finance.periods.rules import Period, month_of
from services.finance.posting_rules.commands import rule_line
from services.finance.posting_rules.rules import Rule
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import teller
from shared.session import today

# One posting at a time per company: values depend on the order of facts, and numbers are gapless.
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('finance.books.' || :company, 0))")
OPEN_NEXT = text("""
INSERT INTO fiscal_period (id, company_id, period, first, last, state, version, last_number,
                           opened_by)
VALUES (:id, :company, :period, :first, :last, 'open', 1, 0, :actor)
""")


@dataclass(frozen=True, slots=True)
class Chart:
    """What of a company's books hardly changes, and the mark under which it was read."""

    mark: str
    accounts: Mapping[str, AccountSetting]
    roles: Mapping[tuple[str, str], str]
    rules: Sequence[Rule]


charts: dict[UUID, Chart] = {}  # by company, in this process; never used under another mark


async def lock_books(session: AsyncSession) -> None:
    """Wait for the company's turn to post; repeated within a transaction it costs nothing."""
    company = teller(session).company_id
    if session.info.get("books_locked") != company:
        await session.execute(LOCK, {"company": str(company)})
        session.info["books_locked"] = company


async def open_books(session: AsyncSession) -> Books:
    """The company's books, locked to the end of the transaction. Raises BooksNotOpen.

    Months up to today follow the last period by themselves; the first one a person opens.
    """
    company = teller(session).company_id
    known: Books | None = session.info.get("books")
    if known is not None and known.company_id == company:
        return known
    row = await books_row(session)
    periods = [Period(p, day(first), day(last), state) for p, first, last, state in row.periods]
    if not periods:
        raise BooksNotOpen
    while (last := max(one.last for one in periods)) < today(session):
        periods.append(await open_month(session, last + timedelta(days=1), teller(session).actor))
    chart = await chart_of(session, company, json.dumps(row.mark))
    books = Books(company, chart.accounts, chart.roles, chart.rules, periods)
    session.info["books"] = books
    return books


async def books_row(session: AsyncSession) -> Any:
    """Periods, mark of the chart, and whether facts wait: read once under the books' lock."""
    company = teller(session).company_id
    known: tuple[UUID, Any] | None = session.info.get("books_row")
    if known is None or known[0] != company:
        await lock_books(session)
        row = (await session.execute(READ, {"company": company})).one()
        session.info["books_row"] = known = (company, row)
    return known[1]


async def chart_of(session: AsyncSession, company: UUID, mark: str) -> Chart:
    known = charts.get(company)
    if known is not None and known.mark == mark:
        return known
    row = (await session.execute(READ_CHART, {"company": company})).one()
    chart = Chart(
        mark,
        {code: AccountSetting(leaf, on, tuple(dims)) for code, leaf, on, dims in row.accounts},
        {(role, kind): account for role, kind, account in row.roles},
        [rule_of(*stored) for stored in row.rules],
    )
    charts[company] = chart
    return chart


def day(value: str) -> date:
    return date.fromisoformat(value)


def rule_of(
    event: str, version: int, valid_from: str, zh: str, en: str, lines: Sequence[dict[str, Any]]
) -> Rule:
    return Rule(event, version, day(valid_from), zh, en, tuple(rule_line(line) for line in lines))


async def open_month(session: AsyncSession, first: date, actor: str) -> Period:
    """Open the month that begins on `first`."""
    month = month_of(first)
    company = teller(session).company_id
    values = {"id": new_id(), "company": company, "actor": actor}
    await session.execute(
        OPEN_NEXT, values | {"period": month.period, "first": month.first, "last": month.last}
    )
    session.info.pop("books", None)
    session.info.pop("books_row", None)
    return month
