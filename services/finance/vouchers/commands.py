"""Posting: the only way into the journal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import RowMapping, TextClause, select, text
from sqlmodel import col

from services.finance.books.commands import open_books
from services.finance.books.rules import Books
from services.finance.periods.rules import PeriodClosed, posting_day
from services.finance.posting_rules.rules import Line, Rule, apply_rule, in_force
from services.finance.vouchers.rules import LIFECYCLE, Posting, VoucherUnknown, check_lines
from services.finance.vouchers.tables import Voucher
from shared.actor import Actor
from shared.batches import Batch
from shared.bulk import update_rows
from shared.contracts.finance.events import VoucherPosted
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import record, teller
from shared.session import now

# Numbers are gapless: each month gives as many as it is asked for, in the order of the heads. A
# month that was closed since gives none, and then nothing stands of the vouchers that wanted them.
WRITING = """
WITH heads AS (
  SELECT * FROM json_to_recordset(CAST(:heads AS json)) AS h (
    id uuid, period text, place int, posted_on date, business_on date, rule text,
    rule_version int, fact_id uuid, source_type text, source_id uuid, source_number text,
    related_ids uuid[], summary_zh text, summary_en text, total numeric)
), given AS (
  SELECT * FROM json_to_recordset(CAST(:lines AS json)) AS l (
    voucher_id uuid, line int, account text, debit numeric, credit numeric, partner_id uuid,
    item_id uuid, order_id uuid, line_id uuid, element text, cash_flow text, quantity numeric,
    currency text, rate numeric, amount_fc numeric)
), numbered AS (
  UPDATE fiscal_period AS p SET last_number = p.last_number + asked.count
  FROM (SELECT period, count(*) AS count FROM heads GROUP BY period) AS asked
  WHERE p.company_id = :company AND p.period = asked.period AND p.state = 'open'
  RETURNING p.period, p.last_number - asked.count AS before
), made AS (
  INSERT INTO voucher (id, company_id, number, state, version, created_by, created_at, period,
    posted_on, business_on, rule, rule_version, fact_id, source_type, source_id, source_number,
    related_ids, summary_zh, summary_en, total)
  SELECT id, :company, '记-' || period || '-'
    || lpad(CAST(before + place AS text), greatest(4, length(CAST(before + place AS text))), '0'),
    'posted', 1, :actor, :at, period, posted_on, business_on, rule, rule_version, fact_id,
    source_type, source_id, source_number, related_ids, summary_zh, summary_en, total
  FROM heads JOIN numbered USING (period)
  RETURNING id AS voucher_id, number, period, posted_on
), kept AS (
  INSERT INTO voucher_line (voucher_id, line, company_id, posted_on, account, debit, credit,
    partner_id, item_id, order_id, line_id, element, cash_flow, quantity, currency, rate, amount_fc)
  SELECT voucher_id, line, :company, posted_on, account, debit, credit,
    partner_id, item_id, order_id, line_id, element, cash_flow, quantity, currency, rate, amount_fc
  FROM given JOIN made USING (voucher_id)
), summed AS (
  INSERT INTO account_balance (company_id, period, account, debit, credit, lines)
  SELECT :company, period, account, sum(debit), sum(credit), count(*)
  FROM given JOIN made USING (voucher_id) GROUP BY period, account ORDER BY period, account
  ON CONFLICT (company_id, period, account) DO UPDATE SET
    debit = account_balance.debit + excluded.debit,
    credit = account_balance.credit + excluded.credit,
    lines = account_balance.lines + excluded.lines
)"""
WRITE = text(WRITING + " SELECT voucher_id, number FROM made")  # noqa: S608 - a constant


REVIEWED = ("state", "version", "reviewed_by", "reviewed_at")


@dataclass(frozen=True, slots=True)
class Beside:
    """What a voucher's statement writes along: more CTEs, and a `SELECT` that begins with number.

    `rows` takes what that selects; it is told the day and gets nothing when there is no voucher.
    """

    statement: TextClause
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A posting with the lines that its rule drew, and the day and month that take it."""

    id: UUID
    posting: Posting
    rule: Rule
    lines: Sequence[Line]
    posted_on: date
    period: str


async def post(session: AsyncSession, posting: Posting) -> date:
    """Post a fact by its rule; the day that it stands on. No voucher when every amount is zero."""
    return (await post_all(session, [posting]))[0]


async def post_all(session: AsyncSession, postings: Sequence[Posting]) -> list[date]:
    """Post facts in this order, all or none, in one statement; the days that they stand on."""
    books = await open_books(session)
    drawn = [draw(posting, books) for posting in postings]
    if standing := [one for one in drawn if one.lines]:
        await write(session, standing, books)
    return [one.posted_on for one in drawn]


async def post_beside(
    session: AsyncSession, posting: Posting, beside: Beside | None
) -> tuple[date, Sequence[RowMapping] | None]:
    """Post one in a statement with other rows; those that it selects, None without a voucher."""
    books = await open_books(session)
    drawn = draw(posting, books)
    if not drawn.lines:
        return drawn.posted_on, None
    return drawn.posted_on, await write(session, [drawn], books, beside)


async def post_lines(
    session: AsyncSession, posting: Posting, lines: Sequence[Line], rule: Rule
) -> str:
    """Post lines that no rule drew; the voucher's number."""
    books = await open_books(session)
    posted_on, period = posting_day(posting.business_on, books.periods)
    drawn = Drawn(new_id(), posting, rule, lines, posted_on, period.period)
    return str((await write(session, [drawn], books))[0]["number"])


def draw(posting: Posting, books: Books) -> Drawn:
    """The lines of a posting, by the rule in force on the day that takes it."""
    posted_on, period = posting_day(posting.business_on, books.periods)
    rule = in_force(books.rules, posting.event, posted_on)
    lines = apply_rule(rule, posting.entries, books.roles)
    return Drawn(new_id(), posting, rule, lines, posted_on, period.period)


async def write(
    session: AsyncSession, drawn: Sequence[Drawn], books: Books, beside: Beside | None = None
) -> Sequence[RowMapping]:
    """Check lines and write vouchers: heads, lines and balances in one statement, then tell."""
    for one in drawn:
        check_lines(one.lines, books.accounts)
    values = voucher_values(session, drawn, books)
    statement = beside.statement if beside else WRITE
    given = values | dict(beside.values) if beside else values
    rows = (await session.execute(statement, given)).mappings().all()
    numbers = {row["voucher_id"]: row["number"] for row in rows}
    for one in drawn:
        if one.id not in numbers:  # its month was closed since: nothing of this may stand
            raise PeriodClosed(business_on=one.posting.business_on, open=[])
        tell_posted(session, one, numbers[one.id])
    return rows


def voucher_values(session: AsyncSession, drawn: Sequence[Drawn], books: Books) -> dict[str, Any]:
    """The parameters of `WRITING`."""
    who = teller(session)
    places: Counter[str] = Counter()
    heads: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for one in drawn:
        places[one.period] += 1
        heads.append(stored_head(one, places[one.period]))
        lines += [stored_line(one.id, n, line) for n, line in enumerate(one.lines, 1)]
    return {
        "company": books.company_id,
        "actor": who.initiated_by or who.actor,
        "at": now(session),
        "heads": to_json(heads).decode(),
        "lines": to_json(lines).decode(),
    }


def stored_head(drawn: Drawn, place: int) -> dict[str, Any]:
    """A voucher's head; `place` counts those of its month within the statement."""
    posting, rule = drawn.posting, drawn.rule
    said = {"number": posting.source_number}
    return {
        "id": drawn.id,
        "period": drawn.period,
        "place": place,
        "posted_on": drawn.posted_on,
        "business_on": posting.business_on,
        "rule": rule.event,
        "rule_version": rule.version,
        "fact_id": posting.fact_id,
        "source_type": posting.source_type,
        "source_id": posting.source_id,
        "source_number": posting.source_number,
        "related_ids": posting.related_ids,
        "summary_zh": rule.summary_zh.format(**said),
        "summary_en": rule.summary_en.format(**said),
        "total": sum((line.debit for line in drawn.lines), Decimal(0)),
    }


def stored_line(voucher_id: UUID, number: int, line: Line) -> dict[str, Any]:
    return {"voucher_id": voucher_id, "line": number} | asdict(line)


def tell_posted(session: AsyncSession, drawn: Drawn, number: str) -> None:
    posting = drawn.posting
    told = VoucherPosted(
        voucher_id=drawn.id,
        number=number,
        posted_on=drawn.posted_on,
        rule=posting.event,
        source_type=posting.source_type,
        source_id=posting.source_id,
        source_number=posting.source_number,
        related_ids=posting.related_ids,
    )
    record(session, told)


async def review_vouchers(session: AsyncSession, batch: Batch, actor: Actor) -> list[Voucher]:
    """Put a second person's name to vouchers (审核); their preparer cannot be that person."""
    found = await session.execute(
        select(Voucher)
        .where(col(Voucher.id).in_(batch.seen), col(Voucher.company_id) == actor.company_id)
        .order_by(col(Voucher.id))
        .with_for_update()
    )
    vouchers = {one.id: one for one in found.scalars()}
    versions = {id: one.version for id, one in vouchers.items()}
    batch.expect(versions, lambda ids: VoucherUnknown(id=ids[0]))
    for id in batch.left():
        people = {"created_by": vouchers[id].created_by}
        with batch.judging(id):
            LIFECYCLE.check("review", vouchers[id].state, actor, people)
    reviewed = [vouchers[id] for id in batch.left()]
    for one in reviewed:
        one.state, one.version = "reviewed", one.version + 1
        one.reviewed_by, one.reviewed_at = actor.subject, now(session)
    await update_rows(session, (Voucher, reviewed, REVIEWED))
    return reviewed
