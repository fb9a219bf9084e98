"""Opening the books, and opening and closing months."""

from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from services.finance.accounts.commands import install_chart
from services.finance.accounts.tables import Account
from services.finance.books.commands import lock_books, open_month
from services.finance.facts.commands import retry_all
from services.finance.ledgers.queries import reconcile
from services.finance.periods.rules import (
    LIFECYCLE,
    PeriodExists,
    PeriodNotReady,
    PeriodUnknown,
    month_of,
    next_first,
)
from services.finance.periods.rules import Period as PlainPeriod
from services.finance.periods.tables import FiscalPeriod
from services.finance.posting_rules.commands import install_rules
from services.finance.vouchers.tables import Voucher
from shared.actor import Actor
from shared.clock import Clock
from shared.company import DEFAULT_COMPANY
from shared.contracts.finance.ledgers import ClosePeriod
from shared.database import AsyncSession
from shared.lifecycle import expect_version
from shared.outbox import Teller, teller
from shared.session import today


async def install_books(session: AsyncSession) -> None:
    """Give the company chart, roles and posting rules, unless it has them."""
    await lock_books(session)
    company = teller(session).company_id
    known = await session.exec(
        select(func.count()).select_from(Account).where(Account.company_id == company)
    )
    if not known.one():
        await install_chart(session, company)
        await install_rules(session, company)


async def install_first(session: AsyncSession, _clock: Clock) -> None:
    """By the clock, on the first start: the default company's chart and rules."""
    who = teller(session)
    session.info["teller"] = Teller(who.context, who.actor, DEFAULT_COMPANY)
    await install_books(session)


async def open_period(session: AsyncSession, first: date, actor: Actor) -> UUID:
    """Open a month; the first one opens the books. Facts that waited for it are posted."""
    await install_books(session)
    rows = await session.exec(
        select(FiscalPeriod).where(FiscalPeriod.company_id == actor.company_id)
    )
    known = [PlainPeriod(row.period, row.first, row.last, row.state) for row in rows]
    following = next_first(known)
    month = month_of(first)
    if following is not None and month.first != following:
        raise PeriodExists(period=month.period, next=month_of(following).period)
    await open_month(session, month.first, actor.subject)
    await retry_all(session)
    found = await session.exec(
        select(FiscalPeriod.id).where(
            FiscalPeriod.company_id == actor.company_id, FiscalPeriod.period == month.period
        )
    )
    return found.one()


async def period_for_update(session: AsyncSession, id: UUID) -> FiscalPeriod:
    found = await session.exec(
        select(FiscalPeriod)
        .where(FiscalPeriod.id == id, FiscalPeriod.company_id == teller(session).company_id)
        .with_for_update()
    )
    period = found.first()
    if period is None:
        raise PeriodUnknown(id=id)
    return period


async def close_period(session: AsyncSession, id: UUID, act: ClosePeriod, actor: Actor) -> None:
    """Close a month after its checks: nothing waits, nothing differs, every voucher reviewed."""
    await lock_books(session)
    period = await period_for_update(session, id)
    expect_version(act.version, period.version)
    LIFECYCLE.check("close", period.state, actor)
    earlier = await session.exec(
        select(FiscalPeriod.period).where(
            FiscalPeriod.company_id == actor.company_id,
            FiscalPeriod.state == "open",
            FiscalPeriod.period < period.period,
        )
    )
    unreviewed = await session.exec(
        select(func.count())
        .select_from(Voucher)
        .where(
            Voucher.company_id == actor.company_id,
            Voucher.period == period.period,
            col(Voucher.state) == "posted",
        )
    )
    checks = await reconcile(session, actor.company_id)
    reasons = {
        "open_before": list(earlier),
        "unreviewed_vouchers": unreviewed.one(),
        "pending_facts": checks.pending_facts,
        "ends_after_today": period.last if period.last >= today(session) else None,
        "differences": [line.name for line in checks.lines if line.difference],
        "balances_differ": list(checks.balances_differ),
    }
    if found := {name: value for name, value in reasons.items() if value}:
        raise PeriodNotReady(period=period.period, **found)
    period.state, period.closed_by, period.version = "closed", actor.subject, period.version + 1


async def reopen_period(session: AsyncSession, id: UUID, act: ClosePeriod, actor: Actor) -> None:
    """Take postings again in a closed month; the reason stands in the audit trail."""
    await lock_books(session)
    period = await period_for_update(session, id)
    expect_version(act.version, period.version)
    LIFECYCLE.check("reopen", period.state, actor, note=act.note)
    period.state, period.closed_by, period.version = "open", None, period.version + 1
