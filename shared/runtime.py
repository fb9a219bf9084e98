"""What runs beside the requests: relay, consumers, saga runner, sealer and clock jobs."""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy import text

from shared.attachment_sweep import sweeping
from shared.broker import Broker, connect
from shared.client import Peers
from shared.clock import utc_now
from shared.contracts.registry import context_of
from shared.database import AsyncSession
from shared.events import Consumer
from shared.jobs_runner import run_jobs
from shared.outbox import CALLS, TOLD, unwatched
from shared.positions import Positions
from shared.relay import Relay
from shared.saga_runner import SagaRunner
from shared.sealer import Sealer
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec
from shared.streams import HEARS, audit_subject
from shared.tracing import continued

log = structlog.get_logger("runtime")
STOP_SECONDS = 5.0

SAGAS = text("SELECT name, step, phase, count(*) AS n FROM saga GROUP BY name, step, phase")
WAITING = text("SELECT count(*) FROM dead_letter WHERE state = 'waiting'")
UNSEALED = text("""
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)
FROM audit WHERE seal_id IS NULL
""")
LATE = text("SELECT name, step, waiting_since FROM saga WHERE waiting_since IS NOT NULL")


class Runtime:
    """One service's background work, started and stopped with the app."""

    def __init__(self, app: FastAPI, spec: ServiceSpec, settings: ServiceSettings) -> None:
        self.app, self.spec, self.settings = app, spec, settings
        self.engine = app.state.engine
        self.tasks: list[asyncio.Task[None]] = []
        self.broker: Broker | None = None
        self.relay: Relay | None = None
        self.runner: SagaRunner | None = None
        self.consumers: list[Consumer] = []
        self.positions: Positions | None = None
        self.peers = Peers(settings, app.state.provider)

    async def start(self) -> None:
        app = self.app
        app.state.peers = self.peers
        if not self.settings.background:
            return
        self.broker = await connect(self.settings)
        self.relay = Relay(
            self.settings.database_url, self.broker, self.spec.context, app.state.provider
        )
        self.begin(self.relay.run())
        self.positions = Positions(self.broker, self.spec.context)
        await self.positions.start()
        self.start_consumers(self.broker)
        if self.spec.plans:
            plans = {plan.name: plan for plan in self.spec.plans}
            self.runner = SagaRunner(
                self.engine, self.spec.context, plans, self.peers, self.committed, app.state.clock
            )
            self.begin(self.runner.run())
        if self.settings.owner_database_url:
            self.begin(self.sealer(self.broker).run())
        if jobs := (*self.spec.jobs, *sweeping(app.state.objects)):
            self.begin(run_jobs(self.settings, jobs, app.state.clock, self.committed))
        app.state.committed = self.committed

    def start_consumers(self, broker: Broker) -> None:
        """One consumer per source that this service has reactions to."""
        heard = {context_of(reaction.event.subject) for reaction in self.spec.reactions}
        missing = heard - set(HEARS[self.spec.context])
        assert not missing, f"{self.spec.context} has no right to hear {missing}"
        for source in sorted(heard):
            consumer = Consumer(
                self.engine,
                broker,
                self.spec.context,
                source,
                self.spec.reactions,
                self.app.state.clock,
                on_commit=self.committed,
                traces=partial(continued, provider=self.app.state.provider),
            )
            self.consumers.append(consumer)
            self.begin(consumer.run())

    async def heard(self, stored: Mapping[str, int]) -> dict[str, int]:
        """How far each source has taken effect here, given what is stored of it."""
        if self.positions is None:
            return dict(stored)
        return await self.positions.heard(stored, self.consumers)

    def sealer(self, broker: Broker) -> Sealer:
        streams = broker.jetstream()  # pyright: ignore[reportUnknownMemberType]

        async def publish(subject: str, body: bytes) -> None:
            await streams.publish(subject, body)

        assert audit_subject(self.spec.context)
        return Sealer(self.settings.owner_database_url, self.spec.context, publish)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    def committed(self, session: AsyncSession) -> None:
        """A transaction ended: relay what it told, send what calls it made due."""
        if self.relay is not None and session.info.pop(TOLD, False):
            self.relay.wake()
        if self.runner is not None and session.info.pop(CALLS, False):
            self.runner.wake()

    async def stop(self) -> None:
        """Ask everything to end, wait a little, then end it."""
        self.app.state.committed = unwatched
        if self.relay is not None:
            await self.relay.stop()
        for consumer in self.consumers:
            await consumer.stop()
        if self.tasks:
            _, slow = await asyncio.wait(self.tasks, timeout=0.2)
            for task in slow:
                task.cancel()
            await asyncio.wait(self.tasks, timeout=STOP_SECONDS)
        for task in self.tasks:
            if task.done() and not task.cancelled() and (fault := task.exception()) is not None:
                log.error("background work ended", fault=repr(fault))
        if self.broker is not None:
            with contextlib.suppress(Exception):
                await self.broker.close()
        await self.peers.close()

    async def health(self, lag_max: float) -> dict[str, str]:
        """Each part's own word: `ok`, or what is wrong."""
        checks = {"nats": "ok" if self.broker is not None and self.broker.is_connected else "away"}
        if self.relay is not None and self.relay.leading:
            age = (await self.relay.lag()).age
            checks["relay"] = "ok" if age <= lag_max else f"behind {age:.0f} s"
        dead = [task for task in self.tasks if task.done()]
        checks["background"] = "ok" if not dead else f"{len(dead)} ended"
        return checks

    async def measure(self) -> None:
        """Bring the gauges up to date, at scrape time."""
        metrics, context = self.app.state.metrics, self.spec.context
        if self.relay is not None and self.relay.leading:
            lag = await self.relay.lag()
            metrics.outbox_age.labels(context).set(lag.age)
            metrics.outbox_pending.labels(context).set(lag.pending)
        for consumer in self.consumers:
            metrics.consumer_lag.labels(context, consumer.source).set(await consumer.lag())
        async with AsyncSession(self.engine) as session:
            metrics.dead_letters.labels(context).set((await session.execute(WAITING)).scalar_one())
            rows, age = (await session.execute(UNSEALED)).one()
            metrics.unsealed.labels(context).set(rows)
            metrics.unsealed_age.labels(context).set(float(age))
            metrics.sagas.clear()
            for row in await session.execute(SAGAS):
                metrics.sagas.labels(context, row.name, str(row.step), row.phase).set(row.n)
            await self.measure_late(session)

    async def measure_late(self, session: AsyncSession) -> None:
        """Sagas past the waiting deadline of their step, by plan."""
        deadlines = {plan.name: [s.deadline for s in plan.steps] for plan in self.spec.plans}
        late = dict.fromkeys(deadlines, 0)
        moment: datetime = utc_now().astimezone(UTC)
        for row in await session.execute(LATE):
            if row.name in deadlines and moment - row.waiting_since > deadlines[row.name][row.step]:
                late[row.name] += 1
        for name, number in late.items():
            self.app.state.metrics.sagas_late.labels(self.spec.context, name).set(number)
