"""Sagas at work: due calls leased, sent outside any transaction, and their answers settled."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.client import Peers, Reply
from shared.clock import Clock, utc_now
from shared.database import AsyncSession, each_alone
from shared.outbox import Teller, flush_events
from shared.platform_tables import SagaRow
from shared.saga import Phase, Plan, Position, Step, due_call, on_accepted, on_refused
from shared.saga_store import keep_moved, locked, position_of, shift, signal_all
from shared.spending import spending
from shared.tracing import continued

log = structlog.get_logger("saga")
LEASE_MAX = timedelta(minutes=15)
POLL_SECONDS = 1.0
CALLS_AT_ONCE = 8

# The lease doubles with every try, so it is the backoff too; a crash in mid-call only waits it out.
# It waits for no disk: a lease that a crash forgets sends a call again, and that changes nothing.
# Looks for missed signals in the same breath; signals first, which are few, whatever the plan.
LEASE = text("""
WITH leased AS (
  UPDATE saga SET attempts = attempts + 1,
    due_at = :now + least(interval '1 second' * power(2, least(attempts + 1, 12)), :most)
  WHERE id IN (SELECT id FROM saga WHERE due_at <= :now ORDER BY due_at LIMIT :n
               FOR UPDATE SKIP LOCKED)
  RETURNING id, name, company_id, phase, step, heard, data, initiated_by, traceparent
)
SELECT leased.*, looked.missed, set_config('synchronous_commit', 'off', true)
FROM (
  SELECT EXISTS (
    SELECT FROM saga_signal
    CROSS JOIN LATERAL (SELECT FROM saga WHERE saga.id = saga_signal.saga_id OFFSET 0) AS begun
  ) AS missed
) AS looked LEFT JOIN leased ON true
""")
# A signal parks itself when its saga is not there; when the two commit side by side neither sees
# the other, and this does.
MISSED = text("""
DELETE FROM saga_signal USING saga WHERE saga.id = saga_signal.saga_id
RETURNING saga_signal.saga_id, saga.name, subject, saga_signal.data, company_id, initiated_by,
  traceparent
""")
NOTE_PROBLEM = text("UPDATE saga SET problem = CAST(:problem AS jsonb) WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Due:
    """A leased saga and where it stood when its call went out."""

    id: UUID
    plan: Plan
    company_id: UUID
    at: Position
    data: dict[str, Any]
    initiated_by: str
    traceparent: str

    @property
    def step(self) -> Step:
        return self.plan.steps[self.at.step]


class SagaRunner:
    """Sends due calls on every replica; rows are leased, so no call needs a leader."""

    def __init__(
        self,
        engine: AsyncEngine,
        context: str,
        plans: Mapping[str, Plan],
        peers: Peers,
        on_commit: Callable[[AsyncSession], None],
        clock: Clock,
    ) -> None:
        self.engine = engine
        self.looks = each_alone(engine)
        self.clock = clock
        self.context = context
        self.plans = plans
        self.peers = peers
        self.on_commit = on_commit
        self.woken = asyncio.Event()

    def wake(self) -> None:
        """A transaction of this process may have made a call due."""
        self.woken.set()

    async def run(self) -> None:
        """Until cancelled: send what is due, then wait for a wake or the next second."""
        while True:
            self.woken.clear()  # before the look: what is committed meanwhile wakes again
            try:
                await self.work()
            except (DBAPIError, OSError) as fault:
                log.warning("saga runner waits for the database", fault=type(fault).__name__)
            try:
                await asyncio.wait_for(self.woken.wait(), POLL_SECONDS)
            except TimeoutError:
                continue

    async def work(self) -> None:
        """Send what is due and hear what was missed, until neither is left."""
        while await self.send_due() == CALLS_AT_ONCE:
            pass

    async def send_due(self) -> int:
        """One round: lease up to eight calls, send them side by side, settle each.

        Signals that were missed are heard first: they may make more calls due.
        """
        due, missed = await self.lease()
        if missed and await self.hear_missed():
            self.wake()
        await asyncio.gather(*(self.send_one(one) for one in due))
        return len(due)

    async def lease(self) -> tuple[list[Due], bool]:
        """The calls that are due, now this runner's; and whether signals were missed."""
        given = {"now": utc_now(), "most": LEASE_MAX, "n": CALLS_AT_ONCE}
        async with AsyncSession(self.looks) as session:
            rows = (await session.execute(LEASE, given)).all()
        leased = [row for row in rows if row.id is not None]
        return [self.due_of(row) for row in leased], rows[0].missed

    def due_of(self, row: Any) -> Due:
        """A leased row, read."""
        return Due(
            id=row.id,
            plan=self.plans[row.name],
            company_id=row.company_id,
            at=Position(Phase(row.phase), row.step, frozenset(row.heard)),
            data=row.data,
            initiated_by=row.initiated_by,
            traceparent=row.traceparent,
        )

    async def send_one(self, due: Due) -> None:
        call = due_call(due.plan, due.at)
        assert call is not None, f"saga {due.id} is due at {due.at}, which sends nothing"
        asking = due.at.phase == Phase.ASKING
        body = due.step.body(due.data) if due.step.body is not None and asking else None
        with continued(due.traceparent, f"{due.plan.name}: {due.step.name}", self.peers.provider):
            reply = await self.peers.send(
                call.service,
                call.method,
                call.path.format(id=due.id, **due.data),
                body,
                company_id=due.company_id,
                initiated_by=due.initiated_by,
            )
            await self.settle(due, reply)

    async def hear_missed(self) -> int:
        """Signals that were parked while their sagas started; returns how many."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            missed = (await session.execute(MISSED)).all()
            for one in missed:
                who = (f"service:{self.context}", one.company_id, one.traceparent, one.initiated_by)
                session.info["clock"] = self.clock
                session.info["teller"] = Teller(self.context, *who)
                plan = self.plans[one.name]
                await signal_all(session, plan, one.subject, {one.saga_id: one.data}, park=False)
            await flush_events(session)
        self.on_commit(session)
        return len(missed)

    async def settle(self, due: Due, reply: Reply) -> None:
        """Act on the answer under the row's lock; an event that overtook it wins."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            session.info["clock"] = self.clock
            session.info["teller"] = Teller(
                self.context,
                f"service:{self.context}",
                due.company_id,
                due.traceparent,
                due.initiated_by,
            )
            with spending(session, f"saga {due.plan.name}"):
                [row] = await locked(session, (due.id,))
                at = position_of(row)
                if (at.phase, at.step) == (due.at.phase, due.at.step):
                    await decide(session, row, due.plan, reply)
                await flush_events(session)
        self.on_commit(session)


async def decide(session: AsyncSession, row: SagaRow, plan: Plan, reply: Reply) -> None:
    """Accepted: on. Refused for good: back. Anything else: the call stays due, and says why."""
    at = position_of(row)
    step = plan.steps[at.step]
    if reply.accepted:
        row.problem = None
        moved = shift(session, row, plan, on_accepted(plan, at, row.data), "accepted")
        await keep_moved(session, [moved])
        return
    row.problem = reply.problem
    if reply.problem.get("type") in step.refusals:
        row.data = {**row.data, "refusal": reply.problem}
        to = on_refused(plan, at, row.data)
        moved = shift(session, row, plan, to, f"refused {reply.problem['type']}")
        await keep_moved(session, [moved])
    else:
        await session.execute(NOTE_PROBLEM, {"id": row.id, "problem": json.dumps(reply.problem)})
        log.warning("saga call stays due", saga=str(row.id), step=step.name, **reply.problem)
