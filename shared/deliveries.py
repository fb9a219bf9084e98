"""What a consumer writes about its deliveries: heard, failed, dead, and how far it has come."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from nats.aio.msg import Msg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import utc_now
from shared.contracts.base import Envelope
from shared.database import AsyncSession, sqlstate
from shared.ids import derived_id, new_id
from shared.platform_tables import DeadLetter

CONTENDED = ("40P01", "40001", "55P03")  # deadlock, serialization failure, lock not available
AWAY = ("08", "53", "57P")  # connection lost, out of resources, shutting down
ERROR_LENGTH_MAX = 2000
NAMELESS = UUID(int=0)  # parent of ids derived for messages that carry none
# A database's settings of this transaction; the audit trigger reads them.
ACTS = text(
    "SELECT set_config('app.actor', :actor, true), set_config('app.trace', :trace, true), "
    "set_config('app.reason', :reason, true)"
)
# In id order, so that two replicas that hold the same events wait and do not deadlock. The first
# event's name goes along: most batches are answers to one cause.
HEAR = text("""
INSERT INTO inbox (consumer, event_id, heard_at)
SELECT :consumer, event_id, :now FROM unnest(CAST(:ids AS uuid[])) AS u (event_id), (
  SELECT set_config('app.actor', :actor, true), set_config('app.trace', :trace, true),
         set_config('app.reason', :reason, true)
) AS acts
ORDER BY event_id
ON CONFLICT DO NOTHING RETURNING event_id
""")
MOVE = text("""
INSERT INTO consumer_position (consumer, source, position) VALUES (:consumer, :source, :position)
ON CONFLICT (consumer, source)
DO UPDATE SET position = greatest(consumer_position.position, excluded.position)
""")
FAIL = text("""
INSERT INTO delivery_failure (consumer, event_id, tries, error, failed_at)
VALUES (:consumer, :id, 1, :error, :now)
ON CONFLICT (consumer, event_id) DO UPDATE
SET tries = delivery_failure.tries + 1, error = excluded.error, failed_at = excluded.failed_at
RETURNING tries
""")
CLEAR = text(
    "DELETE FROM delivery_failure WHERE consumer = :consumer "
    "AND event_id = ANY(CAST(:ids AS uuid[]))"
)


@dataclass(frozen=True, slots=True)
class Failing:
    """An event that could not take effect, as it is kept for a person to see."""

    event_id: UUID
    subject: str
    envelope: dict[str, Any]


def failing(envelope: Envelope) -> Failing:
    return Failing(envelope.id, envelope.type, envelope.model_dump(mode="json"))


def unreadable(message: Msg) -> Failing:
    """A message that is no envelope, kept byte for byte; its id is the sender's, or derived."""
    given = (message.headers or {}).get("Nats-Msg-Id", "")
    try:
        event_id = UUID(given)
    except ValueError:
        sequence = message.metadata.sequence.stream
        event_id = derived_id(NAMELESS, f"{message.subject}:{sequence}")
    raw = base64.b64encode(message.data).decode()
    return Failing(event_id, message.subject, {"unreadable": raw})


async def say_who_acts(session: AsyncSession, actor: str, envelope: Envelope) -> None:
    """Name the actor to the audit trigger; the reason is the event that made it act."""
    names = names_of(actor, envelope)
    if session.info.get("acts") != names:
        await session.execute(ACTS, names)
        session.info["acts"] = names


def names_of(actor: str, envelope: Envelope) -> dict[str, str]:
    return {"actor": actor, "trace": envelope.traceparent, "reason": envelope.type}


async def note_heard(
    session: AsyncSession, consumer: str, envelopes: Sequence[Envelope]
) -> set[UUID]:
    """Claim the events; the ids that nobody had heard. Waits for a replica that claims the same.

    Says who acts for the first of them, too.
    """
    if not envelopes:
        return set()
    names = names_of(f"service:{consumer}", envelopes[0])
    fresh = await claim(session, consumer, [one.id for one in envelopes], names)
    session.info["acts"] = names
    return fresh


async def claim(
    session: AsyncSession, consumer: str, ids: Sequence[UUID], names: dict[str, str]
) -> set[UUID]:
    known = {"consumer": consumer, "ids": list(ids), "now": utc_now()}
    return set((await session.execute(HEAR, known | names)).scalars())


async def pass_by(engine: AsyncEngine, consumer: str, source: str, position: int) -> None:
    """Remember the position of events that nothing here reacts to; one statement, alone."""
    given = {"consumer": consumer, "source": source, "position": position}
    async with AsyncSession(engine) as session:
        await session.execute(MOVE, given)


async def clear_failures(session: AsyncSession, consumer: str, ids: Sequence[UUID]) -> None:
    """Forget the failures of events that have taken effect after all."""
    if ids:
        await session.execute(CLEAR, {"consumer": consumer, "ids": list(ids)})


async def count_failure(
    session: AsyncSession,
    consumer: str,
    what: Failing,
    fault: Exception,
    *,
    tries_max: int,
    now: datetime,
) -> int:
    """Add one failure; at `tries_max` bury the event. Returns the failures so far.

    A buried event counts as heard: what the broker still redelivers changes nothing.
    """
    error = f"{type(fault).__name__}: {fault}".replace("\x00", "")[:ERROR_LENGTH_MAX]
    row = {"consumer": consumer, "id": what.event_id, "error": error, "now": now}
    tries: int = (await session.execute(FAIL, row)).scalar_one()
    names = {"actor": f"service:{consumer}", "trace": "", "reason": what.subject}
    if tries >= tries_max and await claim(session, consumer, [what.event_id], names):
        session.add(
            DeadLetter(
                id=new_id(),
                consumer=consumer,
                event_id=what.event_id,
                subject=what.subject,
                envelope=what.envelope,
                error=error,
                tries=tries,
                state="waiting",
                buried_at=now,
            )
        )
        await clear_failures(session, consumer, [what.event_id])
    return tries


def away(fault: Exception) -> bool:
    """The database cannot be reached or cannot work: no event of the batch is to blame."""
    if isinstance(fault, OperationalError):
        state = sqlstate(fault)
        return not state or state.startswith(AWAY)
    return isinstance(fault, (InterfaceError, PoolTimeout, ConnectionError, TimeoutError))


def contended(fault: Exception) -> bool:
    """Somebody else held the lock: trying again is all it takes."""
    return isinstance(fault, DBAPIError) and sqlstate(fault) in CONTENDED
