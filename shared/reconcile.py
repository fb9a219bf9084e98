# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""Whether outbox, stream and inboxes agree, and bringing them together where they do not.

The outbox is the truth; the stream is a cache of it and every inbox an account of it. Run nightly,
after a restore, and whenever somebody doubts. What cannot be healed by telling again is listed for
a person: an event that the stream has and its producer's restored database has not (decision 24).
"""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import AsyncSession
from shared.partitions import floor_of_retention
from shared.streams import HEARS, MAX_AGE_SECONDS, stream_of

SLICE = 5000
FETCH = 256
FETCH_SECONDS = 2.0
UNUSED_SECONDS = 30.0  # then the broker forgets the reader

LINES = text("""
SELECT id, position, subject, stream_seq FROM outbox
WHERE position > :after ORDER BY position LIMIT :limit
""")
ABSENT = text("""
SELECT wanted.id FROM unnest(CAST(:ids AS uuid[])) AS wanted (id)
WHERE NOT EXISTS (SELECT FROM inbox WHERE consumer = :consumer AND event_id = wanted.id)
""")
REQUEUE = text("""
UPDATE outbox SET stream_seq = NULL
WHERE id = ANY(CAST(:ids AS uuid[])) AND stream_seq IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One promised event: where it stands in the outbox and, once sent, in the stream."""

    id: UUID
    position: int
    subject: str
    stream_seq: int | None  # 0: left a stream that was lost later


@dataclass(frozen=True, slots=True)
class Content:
    """A stream: its first sequence, and the last sequence of every event that it holds, by id."""

    first: int
    places: dict[UUID, int] = field(default_factory=dict[UUID, int])
    twice: list[UUID] = field(default_factory=list[UUID])  # a repetition each, as found


@dataclass(slots=True)
class Report:
    """What was found about one context's events; sound when all accounts agree."""

    context: str
    in_outbox: int = 0
    in_stream: int = 0
    unsent: int = 0  # the relay will send them; no fault in itself
    lost: list[UUID] = field(default_factory=list[UUID])  # marked as sent, not in the stream
    orphans: list[UUID] = field(default_factory=list[UUID])  # in the stream, not in the outbox
    unheard: dict[str, list[UUID]] = field(default_factory=dict[str, list[UUID]])  # by consumer
    twice: list[UUID] = field(default_factory=list[UUID])  # told again; harmless, see `sound`
    requeued: int = 0

    @property
    def sound(self) -> bool:
        """What stands twice in the stream was sent again: by a repair, or past a broken fence.

        Inboxes pass over it, so it is told and is no difference.
        """
        return not (self.lost or self.orphans or any(self.unheard.values()))


async def outbox_slice(session: AsyncSession, after: int, limit: int) -> list[OutboxLine]:
    """The events promised after a position, in its order."""
    rows = await session.execute(LINES, {"after": after, "limit": limit})
    return [OutboxLine(*row) for row in rows]


async def missing_from_inbox(
    session: AsyncSession, consumer: str, ids: Collection[UUID]
) -> set[UUID]:
    """Which of these events the consumer has not heard. Buried events count as heard."""
    rows = await session.execute(ABSENT, {"consumer": consumer, "ids": list(ids)})
    return set(rows.scalars())


async def requeue(session: AsyncSession, ids: Collection[UUID]) -> int:
    """Have the relay send the events again; who heard them already passes them over.

    Within the stream's duplicate window (2 minutes) the broker drops what it still holds.
    """
    if not ids:
        return 0
    changed = await session.execute(REQUEUE, {"ids": list(ids)})
    return int(getattr(changed, "rowcount", 0))


async def reconcile(
    services: Mapping[str, AsyncEngine],
    nc_admin: Client,
    reacts: Mapping[str, Collection[str]],
    *,
    hears: Mapping[str, Collection[str]] = HEARS,
    repair: bool = False,
) -> list[Report]:
    """Compare every service's outbox with its stream and with the inboxes of those who hear it.

    `reacts` names the subjects that each context reacts to: others leave no inbox row. With
    `repair` what is lost or unheard is sent again; orphans are only listed.
    """
    return [
        await reconcile_one(context, services, nc_admin, reacts, hears=hears, repair=repair)
        for context in services
    ]


async def reconcile_one(
    context: str,
    services: Mapping[str, AsyncEngine],
    nc_admin: Client,
    reacts: Mapping[str, Collection[str]],
    *,
    hears: Mapping[str, Collection[str]],
    repair: bool,
) -> Report:
    """One context's report. Events that are told meanwhile are not judged."""
    report, after = Report(context), 0
    hearers = [hearer for hearer in services if context in hears[hearer]]
    floors = await acknowledged_up_to(nc_admin, context, hearers)
    async with AsyncSession(services[context]) as session, session.begin():
        last = await last_position(session)
        stream = await content_of(nc_admin, context)
        while lines := [x for x in await outbox_slice(session, after, SLICE) if x.position <= last]:
            after = lines[-1].position
            compare(report, lines, stream)
            for hearer, floor in floors.items():
                due = [x for x in lines if x.stream_seq and x.stream_seq <= floor]
                sent = [x.id for x in due if x.subject in reacts.get(hearer, ())]
                async with AsyncSession(services[hearer]) as other:
                    absent = await missing_from_inbox(other, hearer, sent)
                report.unheard.setdefault(hearer, []).extend(x for x in sent if x in absent)
        report.in_stream, report.twice = len(stream.places), stream.twice
        report.orphans = await really_absent(session, stream.places)
        if repair:
            again = {*report.lost, *(id for ids in report.unheard.values() for id in ids)}
            report.requeued = await requeue(session, again)
    return report


def compare(report: Report, lines: Sequence[OutboxLine], stream: Content) -> None:
    """Count the lines and note those that the stream should hold and does not."""
    report.in_outbox += len(lines)
    report.unsent += sum(line.stream_seq is None for line in lines)
    oldest = floor_of_retention(MAX_AGE_SECONDS)  # what is older left the stream by its age
    report.lost += [
        line.id
        for line in lines
        if line.stream_seq
        and line.stream_seq >= stream.first
        and line.id >= oldest
        and line.id not in stream.places
    ]


async def last_position(session: AsyncSession) -> int:
    found = await session.execute(text("SELECT coalesce(max(position), 0) FROM outbox"))
    return int(found.scalar_one())


async def really_absent(session: AsyncSession, ids: Collection[UUID]) -> list[UUID]:
    """Those of the ids that no outbox row has, told meanwhile ones excluded; sorted."""
    there = await session.execute(
        text("SELECT id FROM outbox WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": list(ids)}
    )
    return sorted(set(ids) - set(there.scalars()))


async def acknowledged_up_to(
    nc_admin: Client, context: str, consumers: Collection[str]
) -> dict[str, int]:
    """By consumer, the stream sequence below which it has acknowledged everything."""
    js, floors = nc_admin.jetstream(), dict[str, int]()
    for consumer in consumers:
        try:
            info = await js.consumer_info(stream_of(context), consumer)
        except NotFoundError:
            continue
        floors[consumer] = (info.ack_floor.stream_seq or 0) if info.ack_floor else 0
    return floors


async def content_of(nc_admin: Client, context: str) -> Content:
    """What the stream holds now, read from its beginning without the bodies."""
    js, stream = nc_admin.jetstream(), stream_of(context)
    state = (await js.stream_info(stream)).state
    content = Content(state.first_seq)
    if not state.messages:
        return content
    config = ConsumerConfig(
        ack_policy=AckPolicy.NONE, headers_only=True, inactive_threshold=UNUSED_SECONDS
    )
    reader = await js.pull_subscribe(f"erp.{context}.>", stream=stream, config=config)
    seen = 0
    while seen < state.last_seq:
        try:
            messages = await reader.fetch(FETCH, timeout=FETCH_SECONDS)
        except NatsTimeout:
            break
        for message in messages:
            seen = message.metadata.sequence.stream
            with contextlib.suppress(ValueError):  # a message without our id is nobody's event
                id = UUID((message.headers or {}).get("Nats-Msg-Id", ""))
                if id in content.places:
                    content.twice.append(id)
                content.places[id] = seen
    await reader.unsubscribe()
    return content
