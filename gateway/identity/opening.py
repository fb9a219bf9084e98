"""Transactions before anybody is signed in: sign-in itself, renewal, the first users."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import Clock
from shared.company import DEFAULT_COMPANY
from shared.database import AsyncSession
from shared.outbox import Teller, flush_events
from shared.tracing import current_traceparent

ACTOR = "service:gateway"
SAY = text("SELECT set_config('app.actor', :actor, true), set_config('app.trace', :trace, true)")


@asynccontextmanager
async def opening(engine: AsyncEngine, clock: Clock, actor: str = ACTOR) -> AsyncIterator[Any]:
    """A transaction in the gateway's own name, committed at the end with what it told."""
    trace = current_traceparent()
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        session.info["clock"] = clock
        session.info["teller"] = Teller("gateway", actor, DEFAULT_COMPANY, trace)
        await session.execute(SAY, {"actor": actor, "trace": trace})
        yield session
        await flush_events(session)
