"""Posting: the only way into the journal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlmodel import select

from services.finance.books.commands import open_books
from services.finance.books.rules import Books
from services.finance.periods.rules import PeriodClosed, posting_day
from services.finance.posting_rules.rules import Line, Rule, apply_rule, in_force
from services.finance.vouchers.rules import LIFECYCLE, Posting, VoucherUnknown, check_lines
from services.finance.vouchers.tables import Voucher
from shared.actor import Actor
from shared.contracts.base import Done
from shared.contracts.finance.events import VoucherPosted
from shared.database import AsyncSession
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.session import now

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
