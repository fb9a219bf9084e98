"""What operations staff see and do in every service: feed, sagas, dead letters, audit."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import select, text
from sqlmodel import col

from shared.audit import AuditVerdict, verify
from shared.auth import CurrentActor, needs
from shared.contracts.base import Body, Contract, Envelope, Reason
from shared.dead_letters import DeadLetterShown, discard, list_waiting, retry
from shared.envelopes import COLUMNS, envelope_of
from shared.feed import feed
from shared.i18n import Bilingual
from shared.platform_tables import AuditEntry, SagaLog, SagaRow
from shared.problems import NotFound
from shared.saga import Plan, on_skipped
from shared.saga_store import move, position_of
from shared.session import Session, TransactionRoute, now

FEED_MAX = 1000
SAGAS_MAX = 200


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


class AuditShown(Contract):
    id: int
    at: datetime
    actor: str
    action: str
    table_name: str
    row_id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    reason: str
    trace: str
    seal_id: int | None


def platform_router(context: str) -> APIRouter:
    router = APIRouter(tags=["platform"], route_class=TransactionRoute)
    reads, operates = needs(f"{context}.platform.read"), needs(f"{context}.platform.operate")
    add_feed(router, reads, context)
    add_sagas(router, reads, operates)
    add_dead_letters(router, reads, operates)
    add_audit(router, reads)
    return router


def add_feed(router: APIRouter, reads: Any, context: str) -> None:
    @router.get("/events", dependencies=[reads])
    async def list_events(
        session: Session,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=FEED_MAX)] = 200,
    ) -> list[Envelope]:
        """Everything this context ever told, by position: the feed to rebuild from."""
        return await feed(session, context, after, limit)

    @router.get("/events/{aggregate_id}", dependencies=[needs(f"{context}.approval.read")])
    async def list_events_of(
        aggregate_id: UUID, session: Session, actor: CurrentActor
    ) -> list[Envelope]:
        """What one document told, in order."""
        rows = await session.execute(
            text(
                f"SELECT {COLUMNS} FROM outbox WHERE aggregate_id = :id "  # noqa: S608 - a constant
                "AND company_id = :company ORDER BY position LIMIT 500"
            ),
            {"id": aggregate_id, "company": actor.company_id},
        )
        return [envelope_of(row._mapping, context) for row in rows]  # noqa: SLF001


def add_sagas(router: APIRouter, reads: Any, operates: Any) -> None:
    @router.get("/sagas", dependencies=[reads])
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

    @router.get("/sagas/{id}", dependencies=[reads])
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

    @router.post("/sagas/{id}/actions/retry", dependencies=[operates])
    async def retry_saga(
        request: Request, id: UUID, session: Session, actor: CurrentActor
    ) -> SagaShown:
        """Send the due call at once instead of at its next turn."""
        row = await found_saga(session, id, actor.company_id)
        if row.due_at is not None:
            row.due_at, row.attempts = now(session), 0
        return saga_shown(row, plans_of(request))

    @router.post("/sagas/{id}/actions/skip", dependencies=[operates])
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


def add_dead_letters(router: APIRouter, reads: Any, operates: Any) -> None:
    @router.get("/dead-letters", dependencies=[reads])
    async def list_dead_letters(session: Session) -> list[DeadLetterShown]:
        """Events that failed eight times and wait for a person."""
        return await list_waiting(session)

    @router.post("/dead-letters/{id}/actions/retry", dependencies=[operates])
    async def retry_dead_letter(
        request: Request, id: UUID, session: Session, actor: CurrentActor
    ) -> DeadLetterShown:
        """Run the reactions again, now that the cause is mended."""
        spec = request.app.state.spec
        return await retry(session, spec.context, spec.reactions, id, actor.subject)

    @router.post("/dead-letters/{id}/actions/discard", dependencies=[operates])
    async def discard_dead_letter(
        id: UUID, wish: Skip, session: Session, actor: CurrentActor
    ) -> DeadLetterShown:
        """Give the event up for good, with the reason."""
        return await discard(session, id, wish.reason, actor.subject)


def add_audit(router: APIRouter, reads: Any) -> None:
    @router.get("/audit", dependencies=[reads])
    async def list_audit(
        session: Session,
        table: str | None = None,
        row_id: str | None = None,
        before: Annotated[int, Query(ge=1)] = 2**62,
    ) -> list[AuditShown]:
        """Audit rows, newest first; `before` is the keyset of the next page."""
        wanted = select(AuditEntry).where(col(AuditEntry.id) < before)
        if table:
            wanted = wanted.where(col(AuditEntry.table_name) == table)
        if row_id:
            wanted = wanted.where(col(AuditEntry.row_id) == row_id)
        rows = await session.execute(wanted.order_by(col(AuditEntry.id).desc()).limit(FEED_MAX))
        return [AuditShown.model_validate(row) for row in rows.scalars()]

    @router.get("/audit/verification", dependencies=[reads])
    async def verify_audit(session: Session) -> AuditVerdict:
        """Recompute the hash chain; names the first broken row."""
        return await verify(session)
