"""A producing and a consuming service, reduced to their outbox, inbox and one table of effects."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from nats.aio.client import Client
from sqlalchemy import Column, Integer, MetaData, Table, Uuid, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import Clock
from shared.contracts.base import Envelope, Event
from shared.contracts.masterdata.events import SupplierPublished
from shared.database import AsyncSession
from shared.events import Consumer, Reaction, react_to
from shared.ids import new_id
from shared.outbox import Teller, flush_events, record
from shared.relay import Relay
from shared.streams import stream_of

COMPANY = UUID("01900000-0000-7000-8000-00000000c001")
SOURCE, HEARER = "masterdata", "procurement"
STREAM = stream_of(SOURCE)
LAB = MetaData()
EFFECT = Table(
    "effect",
    LAB,
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
)


def supplier(version: int = 1, id: UUID | None = None, code: str = "S1") -> SupplierPublished:
    return SupplierPublished(
        id=id or new_id(),
        version=version,
        code=code,
        name="Lab",
        currency="CNY",
        payment_days=30,
        qualifications=(),
    )


async def tell(engine: AsyncEngine, *events: Event, trace: str = "00-ab-cd-01") -> int:
    """Commit the events as masterdata would; the last position."""
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        session.info["teller"] = Teller(SOURCE, "user:lab", COMPANY, trace)
        for event in events:
            record(session, event)
        position = await flush_events(session)
    assert position is not None
    return position


async def flood(engine: AsyncEngine, n: int, aggregates: int = 20, size: int = 25) -> None:
    """Tell `n` events of some aggregates in transactions of `size`."""
    ids = [new_id() for _ in range(aggregates)]
    events = [supplier(i + 1, ids[i % aggregates]) for i in range(n)]
    for start in range(0, n, size):
        await tell(engine, *events[start : start + size])


async def keep(session: AsyncSession, event: SupplierPublished, _: Envelope) -> None:
    """The lab's effect: one row per event that was heard. `BAD` poisons it."""
    if event.code == "BAD":
        raise RuntimeError("poison")
    row = {"id": new_id(), "company_id": COMPANY, "supplier_id": event.id, "version": event.version}
    await session.execute(insert(EFFECT).values(row))


REACTIONS = (react_to(SupplierPublished, keep),)


def consumer(
    engine: AsyncEngine, nc: Client, reactions: Sequence[Reaction] = REACTIONS, **options: Any
) -> Consumer:
    return Consumer(engine, nc, HEARER, SOURCE, reactions, Clock(), first_delay=0.02, **options)


@asynccontextmanager
async def working(*workers: Relay | Consumer) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The workers' loops run meanwhile, and are asked to stop at the end."""
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield tasks
    finally:
        for worker in workers:
            await worker.stop()
        _, slow = await asyncio.wait(tasks, timeout=8)
        for task in slow:
            task.cancel()
        assert not slow, "a worker did not stop"


async def until(look: Callable[[], Awaitable[Any]], wanted: Any, seconds: float = 20.0) -> None:
    """Wait until `look` sees what is wanted."""
    end = time.monotonic() + seconds
    while (seen := await look()) != wanted:
        assert time.monotonic() < end, f"saw {seen!r}, wanted {wanted!r}"
        await asyncio.sleep(0.02)


async def scalar(engine: AsyncEngine, question: str) -> Any:
    async with engine.connect() as connection:
        return (await connection.execute(text(question))).scalar()


async def unsent(engine: AsyncEngine) -> Any:
    return await scalar(engine, "SELECT count(*) FROM outbox WHERE stream_seq IS NULL")


async def effects(engine: AsyncEngine) -> Any:
    """(all effects, different ones): equal when nothing took effect twice."""
    async with engine.connect() as connection:
        question = "SELECT count(*), count(DISTINCT (supplier_id, version)) FROM effect"
        return tuple((await connection.execute(text(question))).one())


async def in_stream(nc: Client) -> list[Envelope]:
    """Everything in the stream, in its order."""
    js = nc.jetstream()
    state = (await js.stream_info(STREAM)).state
    found: list[Envelope] = []
    for seq in range(state.first_seq or 1, state.last_seq + 1):
        with suppress(Exception):
            found.append(Envelope.model_validate_json((await js.get_msg(STREAM, seq)).data or b""))
    return found
