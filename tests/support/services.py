"""Services under test: their settings, their clients, and several of them running together."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, TypeVar, cast
from uuid import UUID

import httpx
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.assemble import build
from deploy.local.ports import free_port
from deploy.local.serve import Embedded
from shared.auth import mint
from shared.database import AsyncSession
from shared.outbox import Teller, flush_events
from shared.settings import SERVICES, ServiceSettings
from tests.support.budgets import ensure_within_budget
from tests.support.databases import database_of
from tests.support.servers import nats_server, safe, worker

COMPANY = UUID("01900000-0000-7000-8000-00000000c001")
USER = UUID("01900000-0000-7000-8000-00000000a001")
Result = TypeVar("Result")


def settings_for(context: str, **changes: Any) -> ServiceSettings:
    """Settings of this worker's database and NATS account; loops are off unless asked for."""
    database = database_of(context)
    values: dict[str, Any] = {
        "context": context,
        "database_url": database.app_url,
        "owner_database_url": database.owner_url,
        "signing_key": safe().signing_key(context),
        "trust": safe().trust(SERVICES),
        "log_level": "WARNING",
        "embedded": True,
        "background": False,
    }
    if changes.get("background"):
        seed = safe().nkey_seed(f"{worker()}-{context}")
        values |= {"nats_url": nats_server().url, "nats_seed": seed}
    return ServiceSettings(**(values | changes))


@dataclass
class ServiceUnderTest:
    """One service and the people who call it."""

    settings: ServiceSettings
    app: FastAPI
    base_url: str
    transport: httpx.AsyncBaseTransport | None  # None: real HTTP
    clients: AsyncExitStack

    @property
    def engine(self) -> AsyncEngine:
        engine: AsyncEngine = self.app.state.engine
        return engine

    def as_user(
        self,
        *permissions: str,
        user_id: UUID = USER,
        company_id: UUID = COMPANY,
        name: str = "测试",
    ) -> httpx.AsyncClient:
        """A client of one person with these permissions."""
        return self.client(
            issuer="gateway",
            subject=f"user:{user_id}",
            company_id=company_id,
            name=name,
            permissions=list(permissions),
        )

    def as_service(
        self, context: str, *, company_id: UUID = COMPANY, initiated_by: str = f"user:{USER}"
    ) -> httpx.AsyncClient:
        """A client of another service, with the rights that shared/rights.py gives it."""
        return self.client(
            issuer=context,
            subject=f"service:{context}",
            company_id=company_id,
            initiated_by=initiated_by,
        )

    def client(self, *, issuer: str, **claims: Any) -> httpx.AsyncClient:
        """A client with a token of the issuer; `claims` are those of `mint`."""
        key = private_key(issuer)
        token = mint(key, issuer=issuer, audience=self.settings.context, **claims)
        client = httpx.AsyncClient(
            base_url=self.base_url,
            transport=self.transport,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        self.clients.push_async_callback(client.aclose)
        return client

    @asynccontextmanager
    async def session(self, actor: str = f"user:{USER}") -> AsyncIterator[AsyncSession]:
        """A transaction with an actor, committed at the end: what a command or reaction gets."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            session.info["teller"] = Teller(self.settings.context, actor, COMPANY)
            session.info["clock"] = self.app.state.clock
            session.info["trusted"] = self.app.state.trusted
            await session.execute(BEGIN, {"actor": actor, "company": COMPANY})
            yield session
            await flush_events(session)

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that the service sends meanwhile; BEGIN and COMMIT are not among them."""
        with counted(self.engine) as seen:
            yield seen


BEGIN = text("SELECT begin_command(:actor, CAST(:company AS uuid), '', '', NULL, '')")


def private_key(issuer: str) -> OKPKey:
    return OKPKey.import_key(json.loads(safe().signing_key(issuer)))


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


@asynccontextmanager
async def service(
    context: str, make: Callable[[ServiceSettings], FastAPI] = build, **changes: Any
) -> AsyncIterator[ServiceUnderTest]:
    """The service in this process, its lifespan run, without a network in between."""
    settings = settings_for(context, **changes)
    app = make(settings)
    transport = httpx.ASGITransport(app)
    async with AsyncExitStack() as clients, app.router.lifespan_context(app):
        yield ServiceUnderTest(settings, app, "http://test", transport, clients)
        ensure_within_budget(app)


class Stack(dict[str, ServiceUnderTest]):
    """Running services by context."""

    @staticmethod
    async def eventually(
        look: Callable[[], Result | Awaitable[Result]], seconds: float = 10.0
    ) -> Result:
        """What `look` returns as soon as it is true; fails after `seconds`, saying what it saw."""
        deadline = time.monotonic() + seconds
        while True:
            seen = look()
            found = cast("Result", (await seen) if isawaitable(seen) else seen)
            if found or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.05)
        assert found, f"still {found!r} after {seconds} s"
        return found


@asynccontextmanager
async def running(*contexts: str, **changes: Any) -> AsyncIterator[Stack]:
    """The services over loopback HTTP with all their loops. Streams must stand (`broker`)."""
    ports = {context: free_port() for context in contexts}
    peers = json.dumps({name: f"http://127.0.0.1:{port}" for name, port in ports.items()})
    settings = {
        context: settings_for(
            context, **({"background": True, "port": port, "peers": peers} | changes)
        )
        for context, port in ports.items()
    }
    embedded = Embedded(settings)
    embedded.bind()
    try:
        await embedded.start()
        async with AsyncExitStack() as clients:
            yield Stack(
                {
                    name: ServiceUnderTest(
                        settings[name],
                        server.config.app,  # type: ignore[arg-type]
                        f"http://127.0.0.1:{ports[name]}",
                        None,
                        clients,
                    )
                    for name, server in embedded.servers.items()
                }
            )
        for server in embedded.servers.values():
            ensure_within_budget(server.config.app)  # type: ignore[arg-type]
    finally:
        await embedded.stop()
