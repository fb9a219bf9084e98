"""Events wait in the database that they speak about; the relay carries them to NATS."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.clock import utc_now
from shared.contracts.base import Event
from shared.database import AsyncSession
from shared.ids import new_id

# What a transaction leaves to be done after its commit, noted in `session.info`.
TOLD = "told"  # events that the relay carries
CALLS = "calls"  # sagas whose call may be due


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells: stands in `session.info["teller"]` from the start of every transaction."""

    context: str
    actor: str  # user:<id> or service:<context>
    company_id: UUID
    traceparent: str = ""
    initiated_by: str = ""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to keep under an Idempotency-Key, written with the events in one statement."""

    key: str
    request_hash: str
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Position:
    """How far a consumer has heard a source, once the transaction that heard it commits."""

    consumer: str
    source: str
    position: int


def teller(session: AsyncSession) -> Teller:
    """Who acts in this transaction."""
    found = session.info["teller"]
    assert isinstance(found, Teller)
    return found


def unwatched(_session: AsyncSession) -> None:
    """Takes the place of whoever would act after a commit, where nobody runs."""


def record(session: AsyncSession, event: Event) -> None:
    """Promise `event`: it is published if, and only if, this transaction commits.

    The row is written by the transaction's last statement, when the aggregate is locked already.
    """
    session.info.setdefault("events", []).append((event, teller(session)))


# The counters are locked in id order before positions are drawn (decision 20): within an aggregate
# the order of positions is the order of commits.
FLUSH = text("""
WITH told AS (
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:subjects AS text[]), CAST(:aggregates AS uuid[]),
    CAST(:steps AS int[]), CAST(:companies AS uuid[]), CAST(:actors AS text[]),
    CAST(:traces AS text[]), CAST(:bodies AS jsonb[])
  ) WITH ORDINALITY AS t (id, subject, aggregate_id, step, company_id, actor, trace, body, place)
), counted AS (
  INSERT INTO event_counter (aggregate_id, last)
  SELECT aggregate_id, last
  FROM unnest(CAST(:counted AS uuid[]), CAST(:counts AS int[])) AS c (aggregate_id, last)
  ORDER BY aggregate_id
  ON CONFLICT (aggregate_id) DO UPDATE SET last = event_counter.last + excluded.last
  RETURNING aggregate_id, last
), answered AS (
  INSERT INTO idempotency_key (key, request_hash, status, headers, answer, stored_at)
  SELECT CAST(:key AS text), CAST(:request_hash AS text), CAST(:status AS int),
         CAST(:headers AS jsonb), CAST(:answer AS bytea), CAST(:at AS timestamptz)
  WHERE CAST(:key AS text) IS NOT NULL
), moved AS (
  INSERT INTO consumer_position (consumer, source, position)
  SELECT CAST(:consumer AS text), CAST(:source AS text), CAST(:heard AS bigint)
  WHERE CAST(:consumer AS text) IS NOT NULL
  ON CONFLICT (consumer, source)
  DO UPDATE SET position = greatest(consumer_position.position, excluded.position)
), kept AS (
  INSERT INTO outbox (id, subject, aggregate_id, sequence, company_id, actor, traceparent,
                      recorded_at, body)
  SELECT told.id, subject, told.aggregate_id, counted.last - told.step, company_id, actor, trace,
         CAST(:at AS timestamptz), body
  FROM told JOIN counted USING (aggregate_id)
  ORDER BY place
  RETURNING position
)
SELECT max(position) FROM kept
""")


async def flush_events(
    session: AsyncSession, answer: StoredAnswer | None = None, heard: Position | None = None
) -> int | None:
    """Write what was recorded, the answer to keep and the position heard, in one statement.

    Returns the last outbox position, or None when nothing was told. Must be the last statement.
    """
    await session.flush()
    told: list[tuple[Event, Teller]] = session.info.pop("events", [])
    if not told and answer is None and heard is None:
        return None
    session.info[TOLD] = bool(told)
    given = {**columns(told), **kept_answer(answer), **heard_up_to(heard)}
    result = await session.execute(FLUSH, given)
    position: int | None = result.scalar()
    return position


def columns(told: list[tuple[Event, Teller]]) -> dict[str, Any]:
    """The events as parallel arrays; `steps` counts each aggregate's events down to zero."""
    aggregates = [UUID(str(getattr(event, event.aggregate))) for event, _ in told]
    totals = Counter(aggregates)
    left = Counter(aggregates)
    steps: list[int] = []
    for aggregate in aggregates:
        left[aggregate] -= 1
        steps.append(left[aggregate])
    return {
        "ids": [new_id() for _ in told],
        "subjects": [event.subject for event, _ in told],
        "aggregates": aggregates,
        "steps": steps,
        "companies": [who.company_id for _, who in told],
        "actors": [who.initiated_by or who.actor for _, who in told],
        "traces": [who.traceparent for _, who in told],
        "bodies": [event.model_dump_json() for event, _ in told],
        "counted": list(totals),
        "counts": list(totals.values()),
        "at": utc_now(),
    }


def kept_answer(answer: StoredAnswer | None) -> dict[str, Any]:
    return {
        "key": answer.key if answer else None,
        "request_hash": answer.request_hash if answer else None,
        "status": answer.status if answer else None,
        "headers": json.dumps(answer.headers) if answer else None,
        "answer": answer.body if answer else None,
    }


def heard_up_to(heard: Position | None) -> dict[str, Any]:
    return {
        "consumer": heard.consumer if heard else None,
        "source": heard.source if heard else None,
        "heard": heard.position if heard else None,
    }
