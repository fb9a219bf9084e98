"""The books as they are read."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from services.finance.accounts.rules import AccountUnknown
from services.finance.accounts.tables import Account
from services.finance.accruals.tables import Accrual
from services.finance.copies.tables import ItemCopy
from services.finance.ledgers.rules import CONTROLS, CREDIT_CONTROLS, sides
from services.finance.periods.rules import PeriodUnknown
from services.finance.periods.tables import FiscalPeriod
from services.finance.valuation.rules import ZERO
from services.finance.valuation.tables import StockValue
from services.finance.work_in_progress.tables import OrderCost
from shared.contracts.finance.ledgers import (
    AccountLedger,
    AccrualLine,
    Accruals,
    LedgerLine,
    OrderCostLine,
    Reconciliation,
    ReconciliationLine,
    StockValueLine,
    StockValues,
    TrialBalance,
    TrialBalanceLine,
)
from shared.database import AsyncSession

LEDGER_LINES_MAX = 2000
TRIAL = text("""
SELECT a.code AS account, a.name_zh, a.name_en,
  coalesce(sum(b.debit - b.credit) FILTER (WHERE b.period < :period), 0) AS opening,
  coalesce(sum(b.debit) FILTER (WHERE b.period = :period), 0) AS debit,
  coalesce(sum(b.credit) FILTER (WHERE b.period = :period), 0) AS credit
FROM account_balance b JOIN account a ON a.company_id = b.company_id AND a.code = b.account
WHERE b.company_id = :company AND b.period <= :period
GROUP BY a.code, a.name_zh, a.name_en ORDER BY a.code
""")
LINES = text("""
SELECT l.posted_on, v.business_on, v.id AS voucher_id, v.number, v.summary_zh, v.summary_en,
  l.account, l.debit, l.credit, v.source_type, v.source_id, v.source_number
FROM voucher_line l JOIN voucher v ON v.id = l.voucher_id
WHERE l.company_id = :company AND l.account LIKE :stem AND l.posted_on BETWEEN :first AND :last
ORDER BY l.posted_on, v.number, l.line LIMIT :limit
""")
BEFORE = text("""
SELECT coalesce(sum(debit - credit), 0) FROM voucher_line
WHERE company_id = :company AND account LIKE :stem AND posted_on < :first
""")
SUBLEDGERS = text("""
SELECT
 (SELECT coalesce(sum(value), 0) FROM stock_value WHERE company_id = :company) AS stock,
 (SELECT coalesce(sum(material + labour + overhead), 0) FROM order_cost
  WHERE company_id = :company) AS work_in_progress,
 (SELECT coalesce(sum(open_amount), 0) FROM accrual WHERE company_id = :company) AS accruals,
 (SELECT coalesce(sum(open_base), 0) FROM open_item
  WHERE company_id = :company AND kind = 'payable') AS payables,
 (SELECT coalesce(sum(open_base), 0) FROM open_item
  WHERE company_id = :company AND kind = 'receivable') AS receivables,
 (SELECT count(*) FROM pending_fact WHERE company_id = :company AND settled_at IS NULL) AS pending
""")
SUMS = text("""
SELECT account, sum(debit - credit) AS balance FROM account_balance
WHERE company_id = :company GROUP BY account
""")
UNEQUAL = text("""
SELECT coalesce(b.account, l.account) AS account
FROM (SELECT account, sum(debit) AS debit, sum(credit) AS credit FROM account_balance
      WHERE company_id = :company GROUP BY account) b
FULL JOIN (SELECT account, sum(debit) AS debit, sum(credit) AS credit FROM voucher_line
           WHERE company_id = :company GROUP BY account) l ON l.account = b.account
WHERE (b.debit, b.credit) IS DISTINCT FROM (l.debit, l.credit) ORDER BY 1
""")


async def trial_balance(session: AsyncSession, company_id: UUID, period: str) -> TrialBalance:
    """Every account that moved up to a period. Raises PeriodUnknown."""
    found = await session.exec(
        select(FiscalPeriod).where(
            FiscalPeriod.company_id == company_id, FiscalPeriod.period == period
        )
    )
    month = found.first()
    if month is None:
        raise PeriodUnknown(period=period)
    rows = await session.execute(TRIAL, {"company": company_id, "period": period})
    lines = [trial_line(dict(row)) for row in rows.mappings()]
    total = total_of(lines)
    return TrialBalance(
        period=period,
        lines=tuple(lines),
        total=total,
        balanced=total.debit == total.credit
        and total.opening_debit == total.opening_credit
        and total.closing_debit == total.closing_credit,
        vouchers=month.last_number,
    )


def trial_line(row: Mapping[str, object]) -> TrialBalanceLine:
    opening = Decimal(str(row["opening"]))
    debit, credit = Decimal(str(row["debit"])), Decimal(str(row["credit"]))
    opened, closed = sides(opening), sides(opening + debit - credit)
    return TrialBalanceLine.model_validate(
        {
            **row,
            "opening_debit": opened[0],
            "opening_credit": opened[1],
            "closing_debit": closed[0],
            "closing_credit": closed[1],
        }
    )


FIGURES = (
    "opening_debit", "opening_credit", "debit", "credit", "closing_debit", "closing_credit",
)  # fmt: skip


def total_of(lines: list[TrialBalanceLine]) -> TrialBalanceLine:
    sums = {name: sum((getattr(line, name) for line in lines), ZERO) for name in FIGURES}
    return TrialBalanceLine(account="", name_zh="合计", name_en="Total", **sums)


async def account_ledger(
    session: AsyncSession, company_id: UUID, code: str, first: date, last: date
) -> AccountLedger:
    """An account and its sub-accounts from one day to another. Raises AccountUnknown."""
    account = await session.get(Account, (company_id, code))
    if account is None:
        raise AccountUnknown(account=code)
    asked = {"company": company_id, "stem": f"{code}%", "first": first}
    opening = Decimal((await session.execute(BEFORE, asked)).scalar_one())
    rows = await session.execute(LINES, asked | {"last": last, "limit": LEDGER_LINES_MAX})
    balance, lines = opening, list[LedgerLine]()
    for row in rows.mappings():
        balance += row["debit"] - row["credit"]
        lines.append(LedgerLine.model_validate({**row, "balance": balance}))
    return AccountLedger(
        account=code,
        name_zh=account.name_zh,
        name_en=account.name_en,
        opening=opening,
        closing=balance,
        lines=tuple(lines),
    )


async def accruals(session: AsyncSession, company_id: UUID) -> Accruals:
    """Received, not invoiced, oldest first."""
    rows = await session.exec(
        select(Accrual)
        .where(
            Accrual.company_id == company_id,
            (col(Accrual.open_quantity) != 0) | (col(Accrual.open_amount) != 0),
        )
        .order_by(col(Accrual.accepted_on), col(Accrual.id))
    )
    lines = tuple(
        AccrualLine.model_validate({**row.model_dump(), "arrival_line_id": row.id}) for row in rows
    )
    return Accruals(lines=lines, total=sum((line.open_amount for line in lines), ZERO))


async def stock_values(session: AsyncSession, company_id: UUID) -> StockValues:
    """What is on hand and what it is worth, by item code."""
    rows = await session.exec(
        select(StockValue, ItemCopy.code, ItemCopy.name)
        .join(ItemCopy, col(ItemCopy.id) == StockValue.item_id)
        .where(StockValue.company_id == company_id, col(StockValue.quantity) > 0)
        .order_by(col(ItemCopy.code))
    )
    lines = tuple(
        StockValueLine(
            item_id=row.item_id,
            code=code,
            name=name,
            quantity=row.quantity,
            value=row.value,
            unit_cost=round(row.value / row.quantity, 6),
        )
        for row, code, name in rows
    )
    return StockValues(lines=lines, total=sum((line.value for line in lines), ZERO))


async def orders_in_progress(session: AsyncSession, company_id: UUID) -> list[OrderCostLine]:
    """Production orders that hold cost."""
    rows = await session.exec(
        select(OrderCost)
        .where(
            OrderCost.company_id == company_id,
            (col(OrderCost.material) != 0)
            | (col(OrderCost.labour) != 0)
            | (col(OrderCost.overhead) != 0),
        )
        .order_by(col(OrderCost.number))
    )
    return [
        OrderCostLine.model_validate({**row.model_dump(), "order_id": row.id, "total": row.total})
        for row in rows
    ]


async def reconcile(session: AsyncSession, company_id: UUID) -> Reconciliation:
    """Control accounts against subledgers, kept balances against lines (G2)."""
    asked = {"company": company_id}
    sums = {row.account: row.balance for row in await session.execute(SUMS, asked)}
    subledgers = (await session.execute(SUBLEDGERS, asked)).mappings().one()
    lines: list[ReconciliationLine] = []
    for name, stems in CONTROLS.items():
        signed = sum((v for code, v in sums.items() if code.startswith(stems)), ZERO)
        ledger = -signed if name in CREDIT_CONTROLS else signed
        lines.append(
            ReconciliationLine(
                name=name,
                accounts=stems,
                ledger=ledger,
                subledger=subledgers[name],
                difference=ledger - subledgers[name],
            )
        )
    unequal = tuple(row.account for row in await session.execute(UNEQUAL, asked))
    return Reconciliation(
        lines=tuple(lines),
        balances_differ=unequal,
        pending_facts=subledgers["pending"],
        reconciled=not unequal and all(line.difference == 0 for line in lines),
    )
