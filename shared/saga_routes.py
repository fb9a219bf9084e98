"""Sagas as operations staff see them: list, timeline, retry, skip with a reason."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlmodel import col

from shared.auth import CurrentActor, needs
from shared.contracts.base import Body, Contract, Reason
from shared.i18n import Bilingual
from shared.platform_tables import SagaLog, SagaRow
from shared.problems import NotFound
from shared.saga import Plan, on_skipped
from shared.saga_store import move, position_of
from shared.session import Session, TransactionRoute, now

SAGAS_MAX = 200
router = APIRouter(tags=["platform"], route_class=TransactionRoute)


class NoSuchSaga(NotFound):
    title = Bilingual("There is no such saga here", "此处没有该流程")


class SagaShown(Contract):
    id: UUID
    name: str
    phase: str
    step: int
    step_name: str
    attempts: int
    due_at: datetime | None
    waiting_since: datetime | None
    problem: dict[str, Any] | None
    initiated_by: str
    started_at: datetime


class Transition(Contract):
    at: datetime
    from_phase: str
    from_step: int
    to_phase: str
    to_step: int
    cause: str
    note: str


class SagaTimeline(Contract):
    saga: SagaShown
    steps: tuple[str, ...]
    data: dict[str, Any]
    transitions: tuple[Transition, ...]


class Skip(Body):
    """Why a step is declared done by hand; kept in the saga's log."""

    reason: Reason


@router.get("/sagas", dependencies=[needs("own.saga.read")])
async def list_sagas(
    request: Request, session: Session, actor: CurrentActor, phase: str | None = None
) -> list[SagaShown]:
    """The latest sagas, those in trouble first."""
    wanted = select(SagaRow).where(col(SagaRow.company_id) == actor.company_id)
    if phase:
        wanted = wanted.where(col(SagaRow.phase) == phase)
    order = wanted.order_by(col(SagaRow.problem).is_(None), col(SagaRow.started_at).desc())
    rows = (await session.execute(order.limit(SAGAS_MAX))).scalars()
    return [saga_shown(row, plans_of(request)) for row in rows]


@router.get("/sagas/{id}", dependencies=[needs("own.saga.read")])
async def show_saga(
    request: Request, id: UUID, session: Session, actor: CurrentActor
) -> SagaTimeline:
    """One saga with every transition it made."""
    row = await found_saga(session, id, actor.company_id)
    logged = await session.execute(
        select(SagaLog).where(col(SagaLog.saga_id) == id).order_by(col(SagaLog.id))
    )
    plan = plans_of(request)[row.name]
    return SagaTimeline(
        saga=saga_shown(row, plans_of(request)),
        steps=tuple(step.name for step in plan.steps),
        data=row.data,
        transitions=tuple(Transition.model_validate(entry) for entry in logged.scalars()),
    )


@router.post("/sagas/{id}/actions/retry", dependencies=[needs("own.platform.operate")])
async def retry_saga(
    request: Request, id: UUID, session: Session, actor: CurrentActor
) -> SagaShown:
    """Send the due call at once instead of at its next turn."""
    row = await found_saga(session, id, actor.company_id)
    if row.due_at is not None:
        row.due_at, row.attempts = now(session), 0
    return saga_shown(row, plans_of(request))


@router.post("/sagas/{id}/actions/skip", dependencies=[needs("own.platform.operate")])
async def skip_step(
    request: Request, id: UUID, wish: Skip, session: Session, actor: CurrentActor
) -> SagaShown:
    """Declare the current step done by hand; the reason stands in the log."""
    row = await found_saga(session, id, actor.company_id)
    plan = plans_of(request)[row.name]
    to = on_skipped(plan, position_of(row), row.data)
    move(session, row, plan, to, f"skipped by {actor.subject}", wish.reason)
    return saga_shown(row, plans_of(request))


async def found_saga(session: Session, id: UUID, company_id: UUID) -> SagaRow:
    row = await session.get(SagaRow, id, with_for_update=True)
    if row is None or row.company_id != company_id:
        raise NoSuchSaga(id=id)
    return row


def plans_of(request: Request) -> dict[str, Plan]:
    return {plan.name: plan for plan in request.app.state.spec.plans}


def saga_shown(row: SagaRow, plans: dict[str, Plan]) -> SagaShown:
    plan = plans.get(row.name)
    name = plan.steps[row.step].name if plan is not None else ""
    return SagaShown.model_validate({**row.model_dump(), "step_name": name})
