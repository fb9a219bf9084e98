"""Posting: the only way into the journal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlmodel import select

from services.finance.accounts.queries import READ, READ_CHART
from services.finance.periods.rules import Period, PeriodClosed, month_of, posting_day
from services.finance.posting_rules.commands import rule_line
from services.finance.posting_rules.rules import Line, Rule, apply_rule, in_force
from services.finance.vouchers.rules import (
    LIFECYCLE,
    AccountSetting,
    Books,
    BooksNotOpen,
    Posting,
    VoucherUnknown,
    check_lines,
)
from services.finance.vouchers.tables import Voucher
from shared.actor import Actor
from shared.contracts.base import Done
from shared.contracts.finance.events import VoucherPosted
from shared.database import AsyncSession
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.session import now, today

# One posting at a time per company: values depend on the order of facts, and numbers are gapless.
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('finance.books.' || :company, 0))")
OPEN_NEXT = text("""
INSERT INTO fiscal_period (id, company_id, period, first, last, state, version, last_number,
                           opened_by)
VALUES (:id, :company, :period, :first, :last, 'open', 1, 0, :actor)
""")
WRITING = """
WITH given AS (
  SELECT * FROM json_to_recordset(CAST(:lines AS json)) AS l (
    line int, account text, debit numeric, credit numeric, partner_id uuid, item_id uuid,
    order_id uuid, line_id uuid, element text, cash_flow text, quantity numeric, currency text,
    rate numeric, amount_fc numeric)
), numbered AS (
  UPDATE fiscal_period SET last_number = last_number + 1
  WHERE company_id = :company AND period = :period AND state = 'open'
  RETURNING last_number AS n
), made AS (
  INSERT INTO voucher (id, company_id, number, state, version, created_by, created_at, period,
    posted_on, business_on, rule, rule_version, fact_id, source_type, source_id, source_number,
    related_ids, summary_zh, summary_en, total)
  SELECT :id, :company,
    '记-' || :period || '-' || lpad(CAST(n AS text), greatest(4, length(CAST(n AS text))), '0'),
    'posted', 1, :actor, :at, :period, CAST(:posted_on AS date), :business_on, :rule,
    :rule_version, :fact_id, :source_type, :source_id, :source_number,
    CAST(:related AS uuid[]), :summary_zh, :summary_en, :total
  FROM numbered RETURNING number
), kept AS (
  INSERT INTO voucher_line (voucher_id, line, company_id, posted_on, account, debit, credit,
    partner_id, item_id, order_id, line_id, element, cash_flow, quantity, currency, rate, amount_fc)
  SELECT :id, line, :company, CAST(:posted_on AS date), account, debit, credit,
    partner_id, item_id, order_id, line_id, element, cash_flow, quantity, currency, rate, amount_fc
  FROM given, made
), summed AS (
  INSERT INTO account_balance (company_id, period, account, debit, credit, lines)
  SELECT :company, :period, account, sum(debit), sum(credit), count(*)
  FROM given, made GROUP BY account ORDER BY account
  ON CONFLICT (company_id, period, account) DO UPDATE SET
    debit = account_balance.debit + excluded.debit,
    credit = account_balance.credit + excluded.credit,
    lines = account_balance.lines + excluded.lines
)"""
WRITE = text(WRITING + " SELECT number FROM made")  # noqa: S608 - a constant


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


@dataclass(frozen=True, slots=True)
class Beside:
    """What a voucher's statement writes along: more CTEs, and a `SELECT` that begins with number.

    `rows` takes what that selects; it is told the day and gets nothing when there is no voucher.
    """

    statement: TextClause
    values: Mapping[str, Any]


async def post(session: AsyncSession, posting: Posting) -> date:
    """Post a fact by its rule; the day that it stands on. No voucher when every amount is zero."""
    return (await post_beside(session, posting, None))[0]


async def post_beside(
    session: AsyncSession, posting: Posting, beside: Beside | None
) -> tuple[date, Sequence[RowMapping] | None]:
    """The same in one statement with other rows; those that it selects, None without a voucher."""
    books = await open_books(session)
    posted_on, _ = posting_day(posting.business_on, books.periods)
    rule = in_force(books.rules, posting.event, posted_on)
    lines = apply_rule(rule, posting.entries, books.roles)
    if not lines:
        return posted_on, None
    return posted_on, await post_lines(session, posting, lines, rule, beside)


async def post_lines(
    session: AsyncSession,
    posting: Posting,
    lines: Sequence[Line],
    rule: Rule,
    beside: Beside | None = None,
) -> Sequence[RowMapping]:
    """Check lines and write them as one voucher: header, lines and balances in one statement."""
    books = await open_books(session)
    check_lines(lines, books.accounts)
    values = voucher_values(session, posting, lines, rule, books)
    statement = beside.statement if beside else WRITE
    given = values | dict(beside.values) if beside else values
    rows = (await session.execute(statement, given)).mappings().all()
    if not rows:  # the month was closed since: nothing of this may stand
        raise PeriodClosed(business_on=posting.business_on, open=[])
    tell_posted(session, values["id"], rows[0]["number"], values["posted_on"], posting)
    return rows


def voucher_values(
    session: AsyncSession, posting: Posting, lines: Sequence[Line], rule: Rule, books: Books
) -> dict[str, Any]:
    """The parameters of `WRITING`."""
    posted_on, period = posting_day(posting.business_on, books.periods)
    who = teller(session)
    said = {"number": posting.source_number}
    return {
        "id": new_id(),
        "company": books.company_id,
        "period": period.period,
        "posted_on": posted_on,
        "business_on": posting.business_on,
        "actor": who.initiated_by or who.actor,
        "at": now(session),
        "rule": rule.event,
        "rule_version": rule.version,
        "fact_id": posting.fact_id,
        "source_type": posting.source_type,
        "source_id": posting.source_id,
        "source_number": posting.source_number,
        "related": list(posting.related_ids),
        "summary_zh": rule.summary_zh.format(**said),
        "summary_en": rule.summary_en.format(**said),
        "total": sum((line.debit for line in lines), Decimal(0)),
        "lines": json.dumps([stored_line(n, line) for n, line in enumerate(lines, 1)]),
    }


def tell_posted(
    session: AsyncSession, id: UUID, number: str, posted_on: date, posting: Posting
) -> None:
    told = VoucherPosted(
        voucher_id=id,
        number=number,
        posted_on=posted_on,
        rule=posting.event,
        source_type=posting.source_type,
        source_id=posting.source_id,
        source_number=posting.source_number,
        related_ids=posting.related_ids,
    )
    record(session, told)


def stored_line(number: int, line: Line) -> Mapping[str, str | int | None]:
    values = asdict(line)
    return {"line": number} | {k: None if v is None else str(v) for k, v in values.items()}


async def review_voucher(session: AsyncSession, id: UUID, version: int, actor: Actor) -> Done:
    """Put a second person's name to a voucher (审核); the preparer cannot be that person."""
    found = await session.exec(
        select(Voucher)
        .where(Voucher.id == id, Voucher.company_id == actor.company_id)
        .with_for_update()
    )
    voucher = found.first()
    if voucher is None:
        raise VoucherUnknown(id=id)
    expect_version(version, voucher.version)
    LIFECYCLE.check("review", voucher.state, actor, {"created_by": voucher.created_by})
    voucher.state, voucher.version = "reviewed", voucher.version + 1
    voucher.reviewed_by, voucher.reviewed_at = actor.subject, now(session)
    return Done(id=id, state=voucher.state, version=voucher.version)
