"""The lab's databases and connections, on the run's real servers."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.broker import Broker, connect
from shared.relay import Relay
from shared.settings import ServiceSettings
from shared.tests.events.lab import (
    HEARER,
    LAB,
    SOURCE,
    flood,
    tell,
    unsent,
    until,
    working,
)


@pytest.fixture
def source(database: Callable[[str], AsyncEngine]) -> AsyncEngine:
    """The producer's database, as its service role."""
    return database("platform")


@pytest.fixture
def source_url(source: AsyncEngine) -> str:
    return source.url.render_as_string(hide_password=False)


@pytest.fixture
def hearer(scratch: Any, databases_in_use: Any) -> AsyncEngine:
    """The consumer's database: the platform's tables and the lab's."""
    engine: AsyncEngine = databases_in_use.engine(scratch("lab_events", LAB).app_url)
    return engine


def settings(context: str, url: str, seed: str) -> ServiceSettings:
    return ServiceSettings(
        context=context, database_url="", nats_url=url, nats_seed=seed, signing_key="", trust=""
    )


@pytest.fixture
async def teller_nc(broker: Client, nats_account: Any) -> AsyncIterator[Broker]:
    """The producer's own connection, with exactly its rights."""
    nc = await connect(settings(SOURCE, nats_account.url, nats_account.seed(SOURCE)))
    yield nc
    await nc.close()


@pytest.fixture
async def hearer_nc(broker: Client, nats_account: Any) -> AsyncIterator[Broker]:
    nc = await connect(settings(HEARER, nats_account.url, nats_account.seed(HEARER)))
    yield nc
    await nc.close()


@pytest.fixture
async def told(source: AsyncEngine, source_url: str, teller_nc: Broker) -> Any:
    """Tell events and have them all in the stream."""

    async def publish(*events: Any, n: int = 0, **given: str) -> None:
        if n:
            await flood(source, n, size=200)
        if events:
            await tell(source, *events, **given)
        relay = Relay(source_url, teller_nc, SOURCE)
        async with working(relay):
            await until(lambda: unsent(source), 0)

    return publish
