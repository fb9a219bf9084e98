"""Periods over HTTP."""

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import col, select

from services.finance.closing.commands import close_period, open_period, reopen_period
from services.finance.periods.rules import (
    LIFECYCLE,
    PeriodExists,
    PeriodNotReady,
    PeriodUnknown,
)
from services.finance.periods.tables import FiscalPeriod
from shared.actor import Actor
from shared.auth import CurrentActor, needs
from shared.contracts.finance.ledgers import ClosePeriod, OpenPeriod, Period
from shared.lifecycle import ActionNotAllowed
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/periods", tags=["periods"], route_class=TransactionRoute)


def shown(row: FiscalPeriod, actor: Actor) -> Period:
    allowed = LIFECYCLE.allowed(row.state, actor)
    values = {**row.model_dump(), "vouchers": row.last_number, "allowed_actions": allowed}
    return Period.model_validate(values)


@router.get("", dependencies=[needs("finance.period.read")])
async def list_periods(session: Session, actor: CurrentActor) -> list[Period]:
    """Every month of the books, in order."""
    rows = await session.exec(
        select(FiscalPeriod)
        .where(FiscalPeriod.company_id == actor.company_id)
        .order_by(col(FiscalPeriod.period))
    )
    return [shown(row, actor) for row in rows]


@router.post(
    "",
    status_code=201,
    dependencies=[needs("finance.period.open")],
    responses=problems(PeriodExists),
)
async def create_period(wish: OpenPeriod, session: Session, actor: CurrentActor) -> Period:
    """Open the month that a day lies in; the first one opens the books with the shipped chart."""
    id = await open_period(session, wish.first, actor)
    return shown(await session.get_one(FiscalPeriod, id, populate_existing=True), actor)


@router.post(
    "/{id}/actions/close",
    dependencies=[needs("finance.period.close")],
    responses=problems(PeriodUnknown, PeriodNotReady, ActionNotAllowed),
)
async def close(id: UUID, act: ClosePeriod, session: Session, actor: CurrentActor) -> Period:
    """Close a month; refused with every check that fails."""
    await close_period(session, id, act, actor)
    return shown(await session.get_one(FiscalPeriod, id), actor)


@router.post(
    "/{id}/actions/reopen",
    dependencies=[needs("finance.period.reopen")],
    responses=problems(PeriodUnknown, ActionNotAllowed),
)
async def reopen(id: UUID, act: ClosePeriod, session: Session, actor: CurrentActor) -> Period:
    """Open a closed month again, with a reason."""
    await reopen_period(session, id, act, actor)
    return shown(await session.get_one(FiscalPeriod, id), actor)
