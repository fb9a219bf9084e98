"""The bare event path: outbox → relay → JetStream → deduplicating consumer, in as few lines as go.

The limit that our path is compared with: same database, same broker, no envelope, no fence, no
retries, no sessions.
"""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, StreamConfig
from psycopg import AsyncConnection

STREAM, SUBJECT = "BARE", "bare.told"
BATCH = 100
TABLES = """
CREATE TABLE outbox (id uuid PRIMARY KEY DEFAULT uuidv7(), position bigint GENERATED ALWAYS AS
  IDENTITY, body jsonb, at timestamptz DEFAULT clock_timestamp(), sent boolean DEFAULT false);
CREATE INDEX ON outbox (position) WHERE NOT sent;
CREATE TABLE inbox (id uuid PRIMARY KEY);
CREATE TABLE effect (id uuid, took timestamptz)
"""
BODY = json.dumps({"code": "BENCH", "name": "Bench", "currency": "CNY", "payment_days": 30})
TELL = "INSERT INTO outbox (body) SELECT %s::jsonb FROM generate_series(1, %s)"
PENDING = "SELECT id, body FROM outbox WHERE NOT sent ORDER BY position LIMIT 256"
MARK = "UPDATE outbox SET sent = true WHERE id = ANY(%s)"
HEAR = """
WITH fresh AS (
  INSERT INTO inbox SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING RETURNING id
) INSERT INTO effect SELECT id, clock_timestamp() FROM fresh
"""
Connection = AsyncConnection[tuple[Any, ...]]


@dataclass
class Bare:
    """Three connections: who tells, who relays, who hears."""

    teller: Connection
    relay: Connection
    hearer: Connection
    nc: Client
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def make(cls, url: str, nc: Client) -> "Bare":
        """Tables and stream, empty."""
        teller, relay, hearer = [
            await AsyncConnection.connect(url, autocommit=True) for _ in range(3)
        ]
        await teller.execute(TABLES.encode())
        js = nc.jetstream()
        await js.add_stream(StreamConfig(name=STREAM, subjects=[SUBJECT]))
        return cls(teller, relay, hearer, nc)

    async def tell(self, number: int) -> None:
        """Commit so many events, and wake the relay."""
        await self.teller.execute(TELL, (BODY, number), prepare=True)
        self.woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relay and consumer work meanwhile."""
        tasks = [asyncio.create_task(work) for work in (self.relaying(), self.hearing())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for connection in (self.teller, self.relay, self.hearer):
                await connection.close()

    async def relaying(self) -> None:
        js = self.nc.jetstream()
        while True:
            rows = await (await self.relay.execute(PENDING, prepare=True)).fetchall()
            if not rows:
                self.woken.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.woken.wait(), 1.0)
                continue
            sent = [
                await js.publish_async(
                    SUBJECT, json.dumps([str(id), body]).encode(), headers={"Nats-Msg-Id": str(id)}
                )
                for id, body in rows
            ]
            await asyncio.gather(*sent)
            await self.relay.execute(MARK, ([id for id, _ in rows],), prepare=True)

    async def hearing(self) -> None:
        arrived: asyncio.Queue[Msg] = asyncio.Queue()
        config = ConsumerConfig(max_ack_pending=1000)
        js = self.nc.jetstream()
        await js.subscribe(SUBJECT, stream=STREAM, config=config, manual_ack=True, cb=arrived.put)
        while True:
            messages = [await arrived.get()]
            while not arrived.empty() and len(messages) < BATCH:
                messages.append(arrived.get_nowait())
            ids = [json.loads(message.data)[0] for message in messages]
            await self.hearer.execute(HEAR, (ids,), prepare=True)
            for message in messages:
                await message.ack()

    async def lags(self) -> list[float]:
        """Seconds from the commit of an event to its effect, all of them."""
        question = "SELECT extract(epoch FROM took - at)::float8 FROM effect JOIN outbox USING (id)"
        return [row[0] for row in await (await self.teller.execute(question)).fetchall()]

    async def done(self) -> int:
        """Effects so far."""
        row = await (await self.teller.execute("SELECT count(*) FROM effect")).fetchone()
        return int(row[0]) if row else 0

    async def clear(self) -> None:
        """Forget the effects."""
        await self.teller.execute("TRUNCATE effect")
