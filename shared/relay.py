# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""The relay: carries the outbox to the stream, in order, without loss, one leader per database.

The stream is a cache of the outbox. Every publish names the sequence that it expects to follow
(the fence), so a leader that was paused and replaced cannot write; after a start and after any
trouble the relay reads the stream's tail and brings the outbox's marks in line with it.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError
from opentelemetry.sdk.trace import TracerProvider
from psycopg.rows import DictRow, dict_row

from shared.acknowledgements import acknowledged, identified, refusal, settle
from shared.backlog import Lag, lag_of, sent_up_to
from shared.broker import Broker, Disconnected, PublishRefused
from shared.envelopes import COLUMNS, envelope_of
from shared.partitions import floor_of_retention
from shared.passing import POSITION
from shared.streams import MAX_AGE_SECONDS, stream_of, wake_subject
from shared.tracing import published

log = logging.getLogger(__name__)

BATCH = 256
POLL_SECONDS = 1.0  # the safety net below the wakes
ACK_SECONDS = 10.0  # an acknowledgement that takes longer is taken as lost
COALESCE_SECONDS = 0.005  # at most one wake message to the leader per this time
BACKOFF_MAX_SECONDS = 5.0
LEADER_KEY = 0x6D61696C756F01  # advisory lock of this database's relay

Connection = psycopg.AsyncConnection[DictRow]
Troubles = (NatsError, Disconnected, PublishRefused, TimeoutError)
Faults = (*Troubles, psycopg.Error, OSError)

PENDING = (  # bytes: a query that is put together is no literal to the type checkers
    f"SELECT {COLUMNS} FROM outbox WHERE stream_seq IS NULL ORDER BY position LIMIT {BATCH}"  # noqa: S608
).encode()
MARK = """
UPDATE outbox SET stream_seq = sent.seq
FROM unnest(%(ids)s::uuid[], %(seqs)s::bigint[]) AS sent (id, seq)
WHERE outbox.id = sent.id AND outbox.id BETWEEN %(low)s AND %(high)s
"""
# What the stream had aged out anyway stays out (0); the rest goes again.
UNMARK = """
UPDATE outbox SET stream_seq = CASE WHEN id < %(floor)s THEN 0 END
WHERE stream_seq > %(last)s
"""
LAST_MARK = "SELECT coalesce(max(stream_seq), 0) AS seq FROM outbox"


def conninfo(database_url: str) -> str:
    """The libpq form of a SQLAlchemy URL."""
    return database_url.replace("postgresql+psycopg://", "postgresql://", 1)


async def dedicated_connection(database_url: str) -> Connection:
    """A connection outside every pool: its session holds the leader's lock.

    It writes marks alone, and a mark that a crash takes back is found again by the resync: nobody
    waits for the disk.
    """
    return await Connection.connect(
        conninfo(database_url),
        autocommit=True,
        row_factory=dict_row,
        application_name="relay",
        options="-c synchronous_commit=off",
    )


class Relay:
    """Run `run()` as a task; call `wake()` after each commit that told something; `stop()` it."""

    def __init__(
        self,
        database_url: str,
        nc: Broker,
        context: str,
        provider: TracerProvider | None = None,
    ) -> None:
        """`provider`: whose spans say when each event was sent; None costs nothing."""
        self.leading = False
        self._provider = provider
        self._open: Callable[[], Awaitable[Connection]] = lambda: dedicated_connection(database_url)
        self._nc = nc
        self._streams = nc.jetstream()
        self._context = context
        self._woken = asyncio.Event()
        self._stopping = False
        self._connection: Connection | None = None
        self._last = 0  # the stream's last sequence, as far as we know
        self._reconnects = -1  # the broker connection's count when we last read the stream
        self._published = 0

    @property
    def published(self) -> int:
        """Events that this relay has published and marked since it began."""
        return self._published

    def wake(self) -> None:
        """Something was committed. Cheap, callable from anywhere in the loop."""
        self._woken.set()

    async def stop(self) -> None:
        """Ask `run` to end; it gives the leadership back before it returns."""
        self._stopping = True
        self._woken.set()

    async def lag(self) -> Lag:
        """What waits. Endless age while the database is away."""
        return await lag_of(self._connection)

    async def run(self) -> None:
        """Relay until `stop()`. Neither a lost database nor a lost broker ends it."""
        ears = [
            await self._nc.subscribe(wake_subject(self._context), cb=self._hear_wake),
            await self._nc.subscribe(f"ask.{self._context}.*", cb=self._say_how_far),
        ]
        trouble = 0
        try:
            while not self._stopping:
                try:
                    async with await self._open() as self._connection:
                        trouble = await self._serve(self._connection, trouble)
                except Faults as fault:
                    trouble += 1
                    log.warning("relay %s: %s: %s", self._context, type(fault).__name__, fault)
                    await self._pause(trouble)
                finally:
                    self.leading, self._connection = False, None
        finally:
            with contextlib.suppress(*Faults):
                for ear in ears:
                    await ear.unsubscribe()

    async def _hear_wake(self, _: Msg) -> None:
        if self.leading:  # a follower would only send it round again
            self._woken.set()

    async def _say_how_far(self, asked: Msg) -> None:
        """Answer whoever asks up to which position the stream holds everything."""
        if not self.leading or (connection := self._connection) is None:
            return
        with contextlib.suppress(*Faults):
            told = str(await sent_up_to(connection)).encode()
            asker = asked.subject.rpartition(".")[2]
            await self._nc.publish(f"told.{self._context}.{asker}", told)

    async def _serve(self, connection: Connection, trouble: int) -> int:
        """Follow until the leadership is ours, then lead; ends by `stop()` or by a fault."""
        while not self._stopping and not await self._elected(connection):
            if await self._wait():
                await asyncio.sleep(COALESCE_SECONDS)
                self._woken.clear()
                if self._nc.is_connected:
                    await self._nc.publish(wake_subject(self._context))
        self._reconnects = -1
        while not self._stopping:
            try:
                await self._drain(connection)
                trouble = 0
            except Troubles as fault:
                trouble += 1
                self._reconnects = -1
                log.warning("relay %s: %s: %s", self._context, type(fault).__name__, fault)
                await self._pause(trouble)
                continue
            await self._wait()
            self._woken.clear()
        return trouble

    async def _elected(self, connection: Connection) -> bool:
        found = await connection.execute(
            "SELECT pg_try_advisory_lock(%s) AS ours", (LEADER_KEY,), prepare=True
        )
        row = await found.fetchone()
        self.leading = row is not None and bool(row["ours"])
        return self.leading

    async def _wait(self) -> bool:
        """True when woken, False when only the poll's time has passed."""
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        except TimeoutError:
            return False
        return True

    async def _pause(self, trouble: int) -> None:
        delay = min(0.05 * 2 ** min(trouble, 10), BACKOFF_MAX_SECONDS)
        await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter

    async def _drain(self, connection: Connection) -> None:
        """Publish until nothing is pending. Raises on the first trouble; marks are never ahead."""
        while not self._stopping:
            await self._align(connection)
            rows = await (await connection.execute(PENDING, prepare=True)).fetchall()
            if rows:
                await self._publish(connection, rows)
            if len(rows) < BATCH:
                return

    async def _align(self, connection: Connection) -> None:
        """Read the stream again if the broker may have changed since we last looked."""
        if not self._nc.is_connected:
            raise Disconnected
        reconnects = self._nc.stats["reconnects"]
        if reconnects != self._reconnects:
            self._last = await self._resync(connection)
            self._reconnects = reconnects

    async def _publish(self, connection: Connection, rows: Sequence[DictRow]) -> None:
        """Send the batch pipelined and mark what is acknowledged up to the first gap.

        What comes after a gap is left unmarked even when acknowledged: the resync finds it in the
        stream's tail, which it reads from the last mark on.
        """
        futures: list[asyncio.Future[int]] = []
        began = time.time_ns()
        try:
            for place, row in enumerate(rows):
                futures.append(await self._send(row, self._last + place))
            await asyncio.wait(futures, timeout=ACK_SECONDS)
            sent = acknowledged(futures)
            await self._mark(
                connection, [(row["id"], s) for row, s in zip(rows, sent, strict=False)]
            )
        finally:
            settle(futures)
        self._published += len(sent)
        if self._provider is not None:
            published(self._provider, rows, sent, began)
        if len(sent) < len(rows) or sent[-1] != self._last + len(rows):
            self._reconnects = -1  # look at the stream before the next batch
            raise refusal(futures[len(sent)]) if len(sent) < len(rows) else Disconnected
        self._last = sent[-1]

    async def _send(self, row: Mapping[str, Any], expected: int) -> asyncio.Future[int]:
        payload = envelope_of(row, self._context).model_dump_json().encode()
        return await self._nc.send(row["subject"], payload, self._headers(row, expected))

    def _headers(self, row: Mapping[str, Any], expected: int) -> dict[str, str]:
        headers = {
            "Nats-Msg-Id": str(row["id"]),
            "Nats-Expected-Last-Sequence": str(expected),
            POSITION: str(row["position"]),
        }
        return headers | ({"traceparent": row["traceparent"]} if row["traceparent"] else {})

    async def _mark(self, connection: Connection, sent: Sequence[tuple[UUID, int]]) -> None:
        """Note in one statement where each event stands in the stream."""
        if not sent:
            return
        ids = [id for id, _ in sent]
        await connection.execute(
            MARK,
            {"ids": ids, "seqs": [s for _, s in sent], "low": min(ids), "high": max(ids)},
            prepare=True,
        )

    async def _resync(self, connection: Connection) -> int:
        """Bring the outbox's marks in line with the stream; the stream's last sequence.

        Marks beyond the stream's end are taken back (the broker came back older than it was), and
        messages beyond the last mark are matched by id (we died between publish and mark).
        """
        state = (await self._streams.stream_info(stream_of(self._context))).state
        floor = floor_of_retention(MAX_AGE_SECONDS)
        lost = await connection.execute(UNMARK, {"last": state.last_seq, "floor": floor})
        if lost.rowcount:
            log.warning("relay %s: %s events left the stream; again", self._context, lost.rowcount)
        row = await (await connection.execute(LAST_MARK)).fetchone()
        start = max(row["seq"] if row else 0, state.first_seq - 1) + 1
        for low in range(start, state.last_seq + 1, BATCH):
            high = min(low + BATCH, state.last_seq + 1)
            found = await asyncio.gather(*(self._message(seq) for seq in range(low, high)))
            await self._mark(connection, [pair for pair in map(identified, found) if pair])
        return state.last_seq

    async def _message(self, seq: int) -> RawStreamMsg | None:
        """A message by its sequence, from the stream's leader; None when it has left the stream."""
        try:
            return await self._streams.get_msg(stream_of(self._context), seq)
        except NotFoundError:
            return None
