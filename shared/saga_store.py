"""Sagas as rows: started, moved under their row lock, logged at every step."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlmodel import col

from shared.clock import utc_now
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.platform_tables import SagaLog, SagaRow, SagaSignal
from shared.saga import Phase, Plan, Position, begin, on_cancelled, on_event

Decide = Callable[[Position, dict[str, Any]], Position]

PARK = text("""
INSERT INTO saga_signal (saga_id, plan, subject, data, parked_at)
VALUES (:saga_id, :plan, :subject, CAST(:data AS jsonb), :at)
ON CONFLICT DO NOTHING
""")


def position_of(row: SagaRow) -> Position:
    return Position(Phase(row.phase), row.step, frozenset(row.heard))


async def start(session: AsyncSession, plan: Plan, id: UUID, data: dict[str, Any]) -> None:
    """Begin a saga, once: the same id again changes nothing. Signals that came first count."""
    await start_all(session, plan, {id: data})


async def start_all(
    session: AsyncSession, plan: Plan, begun: Mapping[UUID, dict[str, Any]]
) -> None:
    """Begin sagas by id, each once; the statements do not grow with them."""
    standing = await session.execute(select(col(SagaRow.id)).where(col(SagaRow.id).in_(begun)))
    new = begun.keys() - set(standing.scalars())
    early = await session.execute(select(SagaSignal).where(col(SagaSignal.saga_id).in_(new)))
    signals: dict[UUID, list[SagaSignal]] = {}
    for signal in early.scalars():
        signals.setdefault(signal.saga_id, []).append(signal)
    for id in sorted(new):
        begin_one(session, plan, id, begun[id], signals.get(id, ()))
    if signals:
        await session.execute(delete(SagaSignal).where(col(SagaSignal.saga_id).in_(signals)))


def begin_one(
    session: AsyncSession, plan: Plan, id: UUID, data: dict[str, Any], early: Sequence[SagaSignal]
) -> None:
    for signal in early:
        data = {**data, **learnt(plan, signal.subject, signal.data)}
    at = begin(plan, data, frozenset(signal.subject for signal in early))
    who = teller(session)
    row = SagaRow(
        id=id,
        name=plan.name,
        def_version=plan.version,
        company_id=who.company_id,
        phase=at.phase,
        step=at.step,
        heard=sorted(at.heard),
        data=data,
        initiated_by=who.initiated_by or who.actor,
        traceparent=who.traceparent,
        started_at=utc_now(),
    )
    take_up(row, plan, at, utc_now())
    session.add(row)
    session.add(log_entry(row, at, at, "started"))


async def signal(
    session: AsyncSession, plan: Plan, id: UUID, subject: str, data: dict[str, Any]
) -> None:
    """An event for saga `id`. One that has not started yet finds it parked; nothing is dropped."""
    row = await session.get(SagaRow, id, with_for_update=True)
    if row is None:
        await session.execute(
            PARK,
            {
                "saga_id": id,
                "plan": plan.name,
                "subject": subject,
                "data": jsonable(data),
                "at": utc_now(),
            },
        )
        return
    row.data = {**row.data, **learnt(plan, subject, data)}
    move(session, row, plan, on_event(plan, position_of(row), subject, row.data), subject)


async def cancel(session: AsyncSession, plan: Plan, id: UUID, reason: str) -> None:
    """Turn a saga back because its order was given up; too late past a final step."""
    row = await session.get(SagaRow, id, with_for_update=True)
    if row is not None:
        move(
            session, row, plan, on_cancelled(plan, position_of(row), row.data), "cancelled", reason
        )


def move(
    session: AsyncSession, row: SagaRow, plan: Plan, to: Position, cause: str, note: str = ""
) -> None:
    """Take up a new position, make its call due at once, log it, and tell the end."""
    at = position_of(row)
    session.add(log_entry(row, at, to, cause, note or ("" if to != at else "stayed")))
    if to == at:
        return
    take_up(row, plan, to, utc_now())
    if to.over and plan.ended is not None:
        record(session, plan.ended(row.id, to.phase == Phase.DONE, row.data))


def take_up(row: SagaRow, plan: Plan, to: Position, now: datetime) -> None:
    """Write a position into the row. Only a change of phase or step makes its call due anew."""
    moved = (row.phase, row.step) != (to.phase, to.step)
    row.phase, row.step, row.heard = to.phase, to.step, sorted(to.heard)
    if moved or row.waiting_since is None:
        row.attempts, row.problem = 0, None
        row.due_at = now if to.phase in (Phase.ASKING, Phase.UNDOING) else None
        row.waiting_since = None if to.over else now
    assert to.step < len(plan.steps)


def learnt(plan: Plan, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    keep = plan.learns.get(subject)
    return keep(data) if keep is not None else {}


def log_entry(row: SagaRow, at: Position, to: Position, cause: str, note: str = "") -> SagaLog:
    return SagaLog(
        saga_id=row.id,
        at=utc_now(),
        from_phase=at.phase,
        from_step=at.step,
        to_phase=to.phase,
        to_step=to.step,
        cause=cause,
        note=note,
    )


def jsonable(data: dict[str, Any]) -> str:
    return json.dumps(data, default=str)
