"""Runs a service's clock jobs on the one replica that holds the leader's lock."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import Clock, utc_now
from shared.database import AsyncSession, make_engine
from shared.jobs import Job
from shared.outbox import Teller, flush_events
from shared.settings import ServiceSettings

Committed = Callable[[AsyncSession], None]
log = structlog.get_logger("jobs")
LEADER_KEY = 0x6D61696C756F04  # advisory lock of this database's job runner
TICK_SECONDS = 1.0
RETRY_SECONDS = 5.0
KEEP_KEYS = text("DELETE FROM idempotency_key WHERE stored_at < now() - interval '7 days'")
NO_COMPANY = UUID(int=0)  # a job acts for every company; its commands name theirs


async def run_jobs(
    settings: ServiceSettings, jobs: Sequence[Job], clock: Clock, committed: Committed
) -> None:
    """Until cancelled: become leader, then run each job when it is due. Survives the database."""
    engine = make_engine(settings.model_copy(update={"pool_size": 1}))
    url = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as leader:
                    await lead(leader, engine, settings.context, jobs, clock, committed)
            except (psycopg.Error, OSError) as fault:
                log.warning("jobs wait for the database", fault=type(fault).__name__)
                await asyncio.sleep(RETRY_SECONDS)
    finally:
        await engine.dispose()


async def lead(
    leader: psycopg.AsyncConnection[tuple[object, ...]],
    engine: AsyncEngine,
    context: str,
    jobs: Sequence[Job],
    clock: Clock,
    committed: Committed,
) -> None:
    due: dict[str, datetime] = {}
    while True:
        found = await leader.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_KEY,))
        row = await found.fetchone()
        while row is not None and row[0]:
            for job in jobs:
                if due.get(job.name, utc_now()) <= utc_now():
                    due[job.name] = utc_now() + job.every
                    await run_job(engine, context, job, clock, committed)
            await leader.execute("SELECT 1")
            await asyncio.sleep(TICK_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)


async def run_job(
    engine: AsyncEngine, context: str, job: Job, clock: Clock, committed: Committed
) -> None:
    """One job in one transaction; a failure is logged and tried again at its next time."""
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            session.info["clock"] = clock
            session.info["teller"] = Teller(context, f"service:{context}", NO_COMPANY)
            await session.execute(
                text("SELECT set_config('app.actor', :actor, true)"),
                {"actor": f"service:{context}"},
            )
            await job.run(session, clock)
            await flush_events(session)
        committed(session)
    except Exception:
        log.exception("job failed", job=job.name)
