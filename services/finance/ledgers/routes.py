"""Balances, ledgers and lists over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.finance.accounts.rules import AccountUnknown
from services.finance.ledgers.queries import (
    account_ledger,
    accruals,
    orders_in_progress,
    reconcile,
    stock_values,
    trial_balance,
)
from services.finance.periods.rules import PeriodUnknown
from shared.auth import CurrentActor, needs
from shared.contracts.finance.ledgers import (
    AccountLedger,
    Accruals,
    OrderCostLine,
    Reconciliation,
    StockValues,
    TrialBalance,
)
from shared.service import problems
from shared.session import Session, TransactionRoute, today

router = APIRouter(tags=["ledgers"], route_class=TransactionRoute)
READ = [needs("finance.ledger.read")]
COST = [needs("finance.cost.read")]
PeriodCode = Annotated[str | None, Query(pattern=r"^\d{6}$")]
AccountCode = Annotated[str, Path(pattern=r"^\d{4,12}$")]
EARLIEST = date(1900, 1, 1)


@router.get("/trial-balance", dependencies=READ, responses=problems(PeriodUnknown))
async def get_trial_balance(
    session: Session, actor: CurrentActor, period: PeriodCode = None
) -> TrialBalance:
    """Opening, turnover, closing of a period (this month's by default)."""
    month = period or f"{today(session):%Y%m}"
    return await trial_balance(session, actor.company_id, month)


@router.get("/accounts/{code}/ledger", dependencies=READ, responses=problems(AccountUnknown))
async def get_account_ledger(
    code: AccountCode,
    session: Session,
    actor: CurrentActor,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> AccountLedger:
    """One account, sub-accounts included, line by line; the first 2,000 lines."""
    ends = last or today(session)
    return await account_ledger(session, actor.company_id, code, first or EARLIEST, ends)


@router.get("/accruals", dependencies=READ)
async def get_accruals(session: Session, actor: CurrentActor) -> Accruals:
    """Received, not invoiced (暂估); the total equals account 220202."""
    return await accruals(session, actor.company_id)


@router.get("/stock-values", dependencies=COST)
async def get_stock_values(session: Session, actor: CurrentActor) -> StockValues:
    """What stock is worth, item by item, at moving average."""
    return await stock_values(session, actor.company_id)


@router.get("/order-costs", dependencies=COST)
async def get_order_costs(session: Session, actor: CurrentActor) -> list[OrderCostLine]:
    """Work in progress by production order; the total equals account 500101."""
    return await orders_in_progress(session, actor.company_id)


@router.get("/reconciliation", dependencies=READ)
async def get_reconciliation(session: Session, actor: CurrentActor) -> Reconciliation:
    """Subledgers against control accounts, and facts that are not posted yet."""
    return await reconcile(session, actor.company_id)
