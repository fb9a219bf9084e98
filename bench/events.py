"""The event path: our outbox, relay and consumer against the same path without our code around it.

Both run in one process on the stack's PostgreSQL and a broker of their own, one after the other,
in several rounds; medians count.
"""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import nats
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.bare import Bare
from bench.cluster import Cluster
from bench.figures import Figure
from deploy.local.nats import start_nats
from shared.broker import Broker, connect
from shared.clock import Clock
from shared.company import DEFAULT_COMPANY
from shared.contracts.base import Envelope
from shared.contracts.masterdata.events import SupplierPublished
from shared.database import AsyncSession
from shared.events import Consumer, react_to
from shared.ids import new_id
from shared.migrate import branch_of, upgrade_branch
from shared.outbox import Teller, flush_events, record
from shared.relay import Relay
from shared.settings import ServiceSettings
from shared.streams import declare

SOURCE, HEARER = "masterdata", "procurement"
FLOOD, ROUNDS = 3000, 3
PACE, PACED = 200, 600  # events per second, and how many
EFFECT = text("INSERT INTO effect (id, took) VALUES (:id, clock_timestamp())")
Tell = Callable[[int], Awaitable[None]]


class Ours:
    """Our path: `tell` commits events as a command does; the relay and the consumer do the rest."""

    def __init__(self, engine: AsyncEngine, url: str, nc: Broker) -> None:
        """The loops begin with `running`."""
        self.engine = engine
        self.relay = Relay(url, nc, SOURCE)
        reactions = (react_to(SupplierPublished, keep),)
        self.consumer = Consumer(engine, nc, HEARER, SOURCE, reactions, Clock())

    async def tell(self, number: int) -> None:
        """Commit so many events in one transaction, and wake the relay."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            session.info["teller"] = Teller(SOURCE, "user:bench", DEFAULT_COMPANY)
            for _ in range(number):
                record(session, supplier())
            await flush_events(session)
        self.relay.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relay and consumer work meanwhile."""
        workers = (self.relay, self.consumer)
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            yield
        finally:
            for worker in workers:
                await worker.stop()
            await asyncio.gather(*tasks)

    async def lags(self) -> list[float]:
        """Seconds from the commit of an event to its effect, all of them."""
        question = "SELECT extract(epoch FROM took - recorded_at)::float8 FROM effect "
        async with self.engine.connect() as connection:
            found = await connection.execute(text(f"{question} JOIN outbox USING (id)"))
            return [float(lag) for lag in found.scalars()]

    async def done(self) -> int:
        """Effects so far."""
        async with self.engine.connect() as connection:
            return int((await connection.execute(text("SELECT count(*) FROM effect"))).scalar_one())

    async def clear(self) -> None:
        """Forget the effects."""
        async with self.engine.begin() as connection:
            await connection.execute(text("TRUNCATE effect"))


async def keep(session: AsyncSession, _: SupplierPublished, envelope: Envelope) -> None:
    """The effect: one row."""
    await session.execute(EFFECT, {"id": envelope.id})


def supplier() -> SupplierPublished:
    """An event of ordinary size, of an aggregate of its own."""
    return SupplierPublished(
        id=new_id(),
        version=1,
        code="BENCH",
        name="Bench",
        currency="CNY",
        payment_days=30,
        qualifications=(),
    )


def event_path(cluster: Cluster) -> list[Figure]:
    """`event_rate` and `event_lag`."""
    return asyncio.run(measured(cluster))


async def measured(cluster: Cluster) -> list[Figure]:
    broker = start_nats(cluster.home / "events")
    nc = await nats.connect(broker.url)
    try:
        await declare(nc, hears={HEARER: (SOURCE,)}, services=(SOURCE, HEARER))
        async with ours_on(cluster, broker.url) as ours:
            bare = await Bare.make(cluster.fresh_database("bench_bare"), nc)
            async with ours.running(), bare.running():
                return await rounds(ours, bare)
    finally:
        await nc.close()
        broker.stop()


@asynccontextmanager
async def ours_on(cluster: Cluster, nats_url: str) -> AsyncIterator[Ours]:
    """Our platform's tables in a database of their own, and one table of effects."""
    url = cluster.fresh_database("bench_ours").replace("postgresql://", "postgresql+psycopg://")
    await asyncio.to_thread(upgrade_branch, branch_of("platform"), url, "masterdata_app")
    engine = create_async_engine(url, pool_size=4)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE effect (id uuid, took timestamptz)"))
    settings = ServiceSettings(
        context=SOURCE, database_url=url, nats_url=nats_url, signing_key="", trust=""
    )
    nc = await connect(settings)
    try:
        yield Ours(engine, url, nc)
    finally:
        await nc.close()
        await engine.dispose()


async def rounds(ours: Ours, bare: Bare) -> list[Figure]:
    """Both paths in turn, several times; the medians."""
    rates: tuple[list[float], list[float]] = ([], [])
    lags: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        paths: tuple[Ours | Bare, ...] = (ours, bare)
        for place, path in enumerate(paths):
            rates[place].append(await flat_out(path))
            lags[place].append(await paced(path))
    rate, limit = (statistics.median(found) for found in rates)
    lag, least = (statistics.median(found) for found in lags)
    return [
        Figure("event_rate", rate, "/s", limit),
        Figure("event_lag", lag * 1000, "ms", least * 1000),
    ]


async def flat_out(path: Ours | Bare) -> float:
    """Events per second from the first commit to the last effect."""
    await path.clear()
    began = time.monotonic()
    for _ in range(FLOOD // 100):
        await path.tell(100)
    await heard(path, FLOOD)
    return FLOOD / (time.monotonic() - began)


async def paced(path: Ours | Bare) -> float:
    """The p95 lag in seconds when events come evenly, one per transaction."""
    await path.clear()
    began = time.monotonic()
    for number in range(PACED):
        await path.tell(1)
        await asyncio.sleep(max(0.0, began + (number + 1) / PACE - time.monotonic()))
    await heard(path, PACED)
    return statistics.quantiles(await path.lags(), n=20)[-1]


async def heard(path: Ours | Bare, number: int) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while await path.done() < number:  # noqa: ASYNC110 - the other side is a database
                await asyncio.sleep(0.01)
            return
    raise RuntimeError(f"{type(path).__name__}: {await path.done()} of {number} events took effect")
