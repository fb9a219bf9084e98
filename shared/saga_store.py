"""Sagas as rows: started, moved under their row lock, logged at every step."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col

from shared.bulk import rows_json
from shared.clock import utc_now
from shared.database import AsyncSession
from shared.outbox import CALLS, record, teller
from shared.platform_tables import SagaLog, SagaRow, SagaSignal
from shared.saga import Phase, Plan, Position, begin, on_cancelled, on_event

Decide = Callable[[Position, dict[str, Any]], Position]

Moved = tuple[SagaRow, SagaLog]

# Rows travel as JSON arrays, so that one statement writes any number of sagas and their log.
START = text("""
WITH begun AS (
  INSERT INTO saga SELECT * FROM jsonb_populate_recordset(CAST(NULL AS saga), CAST(:rows AS jsonb))
  ORDER BY id ON CONFLICT (id) DO NOTHING RETURNING id, phase, step
), logged AS (
  INSERT INTO saga_log (saga_id, at, from_phase, from_step, to_phase, to_step, cause, note)
  SELECT id, CAST(:at AS timestamptz), phase, step, phase, step, 'started', '' FROM begun
)
SELECT saga_signal.saga_id, saga_signal.subject, saga_signal.data
FROM saga_signal JOIN begun ON begun.id = saga_signal.saga_id
""")
LOCK = text("SELECT * FROM saga WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
KEEP = text("""
WITH kept AS (
  UPDATE saga SET phase = now.phase, step = now.step, heard = now.heard, data = now.data,
    attempts = now.attempts, due_at = now.due_at, waiting_since = now.waiting_since,
    problem = now.problem
  FROM jsonb_populate_recordset(CAST(NULL AS saga), CAST(:rows AS jsonb)) AS now
  WHERE saga.id = now.id
)
INSERT INTO saga_log (saga_id, at, from_phase, from_step, to_phase, to_step, cause, note)
SELECT saga_id, at, from_phase, from_step, to_phase, to_step, cause, note
FROM jsonb_populate_recordset(CAST(NULL AS saga_log), CAST(:log AS jsonb))
""")
PARK = text("""
INSERT INTO saga_signal (saga_id, plan, subject, data, parked_at)
SELECT saga_id, plan, subject, data, parked_at
FROM jsonb_populate_recordset(CAST(NULL AS saga_signal), CAST(:rows AS jsonb))
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
    """Begin sagas by id, each once, in one statement however many they are."""
    rows = [new_row(session, plan, id, begun[id]) for id in sorted(begun)]
    if not rows:
        return
    wake_for(session, rows)
    found = await session.execute(START, {"rows": rows_json(rows), "at": utc_now()})
    early: dict[UUID, dict[str, dict[str, Any]]] = {}
    for id, subject, data in found.all():
        early.setdefault(id, {})[subject] = data
    if early:
        await take_up_early(session, plan, early)


def new_row(session: AsyncSession, plan: Plan, id: UUID, data: dict[str, Any]) -> SagaRow:
    at = begin(plan, data)
    who = teller(session)
    row = SagaRow(
        id=id,
        name=plan.name,
        def_version=plan.version,
        company_id=who.company_id,
        phase=at.phase,
        step=at.step,
        heard=[],
        data=data,
        initiated_by=who.initiated_by or who.actor,
        traceparent=who.traceparent,
        started_at=utc_now(),
    )
    take_up(row, plan, at, utc_now())
    return row


async def take_up_early(
    session: AsyncSession, plan: Plan, early: Mapping[UUID, Mapping[str, dict[str, Any]]]
) -> None:
    """Signals that came before their sagas: these stand where they would, had they heard them."""
    moved: list[Moved] = []
    for row in await locked(session, early):
        for subject, data in early[row.id].items():
            row.data = {**row.data, **learnt(plan, subject, data)}
        to = begin(plan, row.data, frozenset(early[row.id]))
        moved.append(shift(session, row, plan, to, "heard before the start"))
    await keep_moved(session, moved)
    await session.execute(delete(SagaSignal).where(col(SagaSignal.saga_id).in_(early)))


async def signal(
    session: AsyncSession, plan: Plan, id: UUID, subject: str, data: dict[str, Any]
) -> None:
    """An event for saga `id`. One that has not started yet finds it parked; nothing is dropped."""
    await signal_all(session, plan, subject, {id: data})


async def signal_all(
    session: AsyncSession,
    plan: Plan,
    subject: str,
    signals: Mapping[UUID, dict[str, Any]],
    *,
    park: bool = True,
) -> None:
    """Events of one subject by saga; two statements however many, one more where some are parked.

    `park` False: an id without a saga is none of this plan's, and is passed over.
    """
    moved: list[Moved] = []
    unknown = dict(signals)
    for row in await locked(session, signals):
        data = unknown.pop(row.id)
        row.data = {**row.data, **learnt(plan, subject, data)}
        to = on_event(plan, position_of(row), subject, row.data)
        moved.append(shift(session, row, plan, to, subject))
    await keep_moved(session, moved)
    if unknown and park:
        kept = [
            {"saga_id": id, "plan": plan.name, "subject": subject, "data": unknown[id]}
            | {"parked_at": utc_now()}
            for id in sorted(unknown)
        ]
        await session.execute(PARK, {"rows": rows_json(kept)})


async def cancel(session: AsyncSession, plan: Plan, id: UUID, reason: str) -> None:
    """Turn a saga back because its order was given up; too late past a final step."""
    await cancel_all(session, plan, (id,), reason)


async def cancel_all(session: AsyncSession, plan: Plan, ids: Collection[UUID], reason: str) -> None:
    """Turn sagas back; ids without a saga are passed over. Two statements however many."""
    moved: list[Moved] = []
    for row in await locked(session, ids):
        to = on_cancelled(plan, position_of(row), row.data)
        moved.append(shift(session, row, plan, to, "cancelled", reason))
    await keep_moved(session, moved)


async def locked(session: AsyncSession, ids: Collection[UUID]) -> list[SagaRow]:
    """The sagas under their locks, in id order; outside the session: `keep_moved` writes them."""
    if not ids:
        return []
    found = await session.execute(LOCK, {"ids": list(ids)})
    return [SagaRow(**row) for row in found.mappings()]


async def keep_moved(session: AsyncSession, moved: Sequence[Moved]) -> None:
    """Write what `shift` changed, rows and log in one statement."""
    if moved:
        wake_for(session, [row for row, _ in moved])
        rows, log = rows_json([row for row, _ in moved]), rows_json([entry for _, entry in moved])
        await session.execute(KEEP, {"rows": rows, "log": log})


def move(
    session: AsyncSession, row: SagaRow, plan: Plan, to: Position, cause: str, note: str = ""
) -> None:
    """`shift` for a row that the session writes."""
    session.add(shift(session, row, plan, to, cause, note)[1])
    wake_for(session, [row])


def wake_for(session: AsyncSession, rows: Sequence[SagaRow]) -> None:
    """The runner looks as soon as this is committed, if any of these has a call to send."""
    if any(row.due_at is not None for row in rows):
        session.info[CALLS] = True


def shift(
    session: AsyncSession, row: SagaRow, plan: Plan, to: Position, cause: str, note: str = ""
) -> Moved:
    """Take up a new position, make its call due at once, and tell the end; with its log entry."""
    at = position_of(row)
    entry = log_entry(row, at, to, cause, note or ("" if to != at else "stayed"))
    if to != at:
        take_up(row, plan, to, utc_now())
        if to.over and plan.ended is not None:
            record(session, plan.ended(row.id, to.phase == Phase.DONE, row.data))
    return row, entry


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
