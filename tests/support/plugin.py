"""The fixtures; `tests/support/__init__.py` says how to use them."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any

import hypothesis
import nats
import pytest
from nats.aio.client import Client
from sqlalchemy import MetaData, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.settings import ServiceSettings
from shared.streams import declare
from tests.support import databases, servers, services

INSIDE_WORKER = "PYTEST_XDIST_WORKER"


def pytest_configure(config: pytest.Config) -> None:
    """Before any worker starts: they inherit the run's home by environment."""
    patience()
    if INSIDE_WORKER not in os.environ and not config.option.collectonly:
        servers.prepare_run()


def patience() -> None:
    """No test of a property fails because the machine is slow."""
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=slow)
    hypothesis.settings.load_profile("patient")


def pytest_unconfigure(config: pytest.Config) -> None:
    """After the last worker has ended, Ctrl-C included."""
    databases.close_all()
    if INSIDE_WORKER not in os.environ and servers.HOME_VARIABLE in os.environ:
        servers.end_run()
        del os.environ[servers.HOME_VARIABLE]


class Databases:
    """Hands out databases, each emptied once per test, and the engines to close at its end."""

    def __init__(self) -> None:
        self.used: set[str] = set()
        self.engines: list[AsyncEngine] = []

    def take(self, database: databases.Database) -> databases.Database:
        if database.name not in self.used:
            database.empty()
            self.used.add(database.name)
        return database

    def engine(self, url: str, **options: Any) -> AsyncEngine:
        options = {"connect_args": {"options": "-c timezone=UTC"}} | options
        self.engines.append(create_async_engine(url, **options))
        return self.engines[-1]


@pytest.fixture
async def databases_in_use() -> AsyncIterator[Databases]:
    held = Databases()
    yield held
    for engine in held.engines:
        await engine.dispose()


@pytest.fixture
def database(databases_in_use: Databases) -> Callable[[str], AsyncEngine]:
    """Gives `database("sales")`: an engine as the service's role, on an empty database."""

    def take(context: str) -> AsyncEngine:
        found = databases_in_use.take(databases.database_of(context))
        return databases_in_use.engine(found.app_url)

    return take


@pytest.fixture
def owner_engine(databases_in_use: Databases) -> Callable[[str], AsyncEngine]:
    """Gives `owner_engine("sales")`: the same as the role that owns the tables."""

    def take(context: str) -> AsyncEngine:
        found = databases_in_use.take(databases.database_of(context))
        return databases_in_use.engine(found.owner_url, poolclass=NullPool)

    return take


@pytest.fixture
def scratch(databases_in_use: Databases) -> Callable[[str, MetaData], databases.Database]:
    """Gives `scratch("lab", METADATA)`: a database of these tables, with rights and audit."""
    return lambda name, metadata: databases_in_use.take(databases.scratch_database(name, metadata))


@pytest.fixture
def settings_for(databases_in_use: Databases) -> Callable[..., ServiceSettings]:
    """Gives `settings_for("sales", **changes)`: ServiceSettings on this worker's empty database."""

    def make(context: str, **changes: Any) -> ServiceSettings:
        databases_in_use.take(databases.database_of(context))
        return services.settings_for(context, **changes)

    return make


@pytest.fixture
def service(
    databases_in_use: Databases,
) -> Callable[..., AbstractAsyncContextManager[services.ServiceUnderTest]]:
    """One service in this process, its background loops off; an async context manager."""

    def make(
        context: str, **changes: Any
    ) -> AbstractAsyncContextManager[services.ServiceUnderTest]:
        databases_in_use.take(databases.database_of(context))
        return services.service(context, **changes)

    return make


@pytest.fixture
def running(
    databases_in_use: Databases, broker: Client
) -> Callable[..., AbstractAsyncContextManager[services.Stack]]:
    """Several services over loopback HTTP, all loops on; an async context manager."""

    def make(*contexts: str, **changes: Any) -> AbstractAsyncContextManager[services.Stack]:
        for context in contexts:
            databases_in_use.take(databases.database_of(context))
        return services.running(*contexts, **changes)

    return make


@pytest.fixture
def statements() -> Callable[[AsyncEngine], AbstractContextManager[list[str]]]:
    """What an engine sends meanwhile, BEGIN and COMMIT left out; a context manager."""
    return services.counted


@dataclass(frozen=True, slots=True)
class NatsAccount:
    """This worker's account: streams of the same name in other accounts never meet these."""

    url: str
    name: str

    def seed(self, context: str) -> str:
        """The service's nkey seed, with exactly its rights."""
        return servers.safe().nkey_seed(f"{self.name}-{context}")

    @property
    def admin_seed(self) -> str:
        return self.seed(servers.ADMIN)


@pytest.fixture
def nats_account() -> NatsAccount:
    return NatsAccount(servers.nats_server().url, servers.worker())


@pytest.fixture
async def broker(nats_account: NatsAccount) -> AsyncIterator[Client]:
    """An admin's connection; every stream and durable is there and empty."""
    client = await nats.connect(nats_account.url, nkeys_seed_str=nats_account.admin_seed)
    try:
        for stream in await client.jetstream().streams_info():
            if stream.state.last_seq:
                await client.jetstream().delete_stream(str(stream.config.name))
        await declare(client)
        yield client
    finally:
        await client.close()


@pytest.fixture(scope="session", autouse=True)
def connections_closed() -> Iterator[None]:
    yield
    databases.close_all()
