"""Engines that may be killed, the actors on them, and the account of what became of the events."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
import contextlib
import itertools
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
import psycopg
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from psycopg import sql
from sqlalchemy import MetaData, create_engine

from deploy.local.credentials import Safe, public_nkey
from deploy.local.nats import Nats, NatsConfig, NatsUser, start_nats
from deploy.local.postgres import Postgres, start_postgres
from shared.audit_install import install, statements
from shared.contracts.base import Envelope
from shared.migrate import branch_of, upgrade_branch
from shared.streams import (
    HEARS,
    declare,
    durable_config,
    permissions,
    stream_config,
    stream_of,
    subjects_of,
)
from tests.faults.actor import play
from tests.faults.tables import HEARD, HEARER, SOURCE, TOLD

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.actor"])
HELD_SECONDS = 30.0
ADMIN = "admin"
OPTIONS = {"scram_iterations": "1"}  # durable otherwise, as in production
TABLES = {"teller": TOLD, "hearer": HEARD}
NUMBERS = itertools.count(1)
SETTLED_SECONDS = 60.0
ACK_WAIT_SECONDS = 1.0  # a killed consumer's events come back after this; 30 s in production


@dataclass
class Engines:
    """PostgreSQL and NATS on a home of their own; databases are cloned from templates."""

    home: Path
    safe: Safe
    postgres: Postgres
    nats: Nats

    @classmethod
    def start(cls, home: Path) -> "Engines":
        safe = Safe(home / "secrets")
        postgres = start_postgres(home, options=OPTIONS)
        made = cls(home, safe, postgres, start_nats(home, config=broker_config(safe)))
        for name, metadata in TABLES.items():
            made.make_template(name, metadata)
        return made

    def stop(self) -> None:
        self.nats.stop()
        self.postgres.stop()

    def kill_broker(self) -> None:
        """Kill -9, and a new one on the same port and store."""
        self.nats.kill()
        self.nats = start_nats(self.home, self.nats.port, broker_config(self.safe))

    def kill_database(self) -> None:
        """Immediate stop: no checkpoint, every session cut; the next start recovers from WAL."""
        self.postgres.kill()
        self.postgres = start_postgres(self.home, self.postgres.port, OPTIONS)

    def url(self, role: str, database: str) -> str:
        return self.postgres.url(role, self.safe.password(role), database)

    def make_template(self, name: str, metadata: MetaData) -> None:
        owner, app = f"{name}_owner", f"{name}_app"
        with self.admin() as admin:
            for role in (owner, app):
                statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER PASSWORD {}")
                secret = sql.Literal(self.safe.password(role))
                admin.execute(statement.format(sql.Identifier(role), secret))
        self.make_database(name, name, "template0")
        url = self.url(owner, name)
        upgrade_branch(branch_of("platform"), url, app)
        engine = create_engine(url)
        with engine.begin() as connection:
            metadata.create_all(connection)
            install(connection, statements(metadata, app))
        engine.dispose()

    def make_database(self, name: str, kind: str, template: str) -> str:
        parts = [sql.Identifier(x) for x in (name, f"{kind}_owner", template)]
        made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*parts)
        with self.admin() as admin:
            admin.execute(made)
        return name

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.postgres.conninfo(database), autocommit=True)


def broker_config(safe: Safe) -> NatsConfig:
    """The two services' keys with their rights of production, and the admin's with all."""
    users = [NatsUser(ADMIN, public_nkey(safe.nkey_seed(ADMIN)))]
    users += [
        NatsUser(name, public_nkey(safe.nkey_seed(name)), permissions(name, HEARS[name]))
        for name in (SOURCE, HEARER)
    ]
    return NatsConfig({"APP": users})


class Actor:
    """A real process of the campaign, forked from one that has imported everything."""

    def __init__(self, role: str, options: dict[str, Any], log: Path) -> None:
        self.role = role
        self.pipe, theirs = FORKS.Pipe()
        self.process = FORKS.Process(target=play, args=(role, options, theirs, str(log)))
        self.process.start()
        theirs.close()
        self._words: asyncio.Queue[object] = asyncio.Queue()
        asyncio.get_running_loop().add_reader(self.pipe.fileno(), self._hear)

    def _hear(self) -> None:
        try:
            self._words.put_nowait(self.pipe.recv())
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(self.pipe.fileno())

    async def read(self) -> object:
        return await asyncio.wait_for(self._words.get(), HELD_SECONDS)

    def arm(self, place: str) -> None:
        self.pipe.send(f"hold {place}")

    async def held(self) -> int:
        """Wait until the armed place is reached; the events in flight there."""
        in_flight = await self.read()
        assert isinstance(in_flight, int)
        return in_flight

    def go(self) -> None:
        self.pipe.send("go")

    async def kill(self) -> None:
        """Kill -9; calm when it has ended by itself."""
        self.process.kill()
        await asyncio.to_thread(self.process.join)
        if not self.pipe.closed:
            asyncio.get_running_loop().remove_reader(self.pipe.fileno())
            self.pipe.close()


@dataclass(frozen=True)
class Account:
    """What became of the events. All zero but `told`: nothing lost, doubled or out of order."""

    told: int
    untold: int  # never reached the outbox
    lost: int  # in the outbox, not in the stream
    doubled: int  # in the stream more than once
    disordered: int  # aggregates whose numbers in the stream are not 1, 2, 3 …
    unheard: int  # without effect
    twice: int  # with more than one effect
    stale: int  # copies that do not show the last version
    buried: int  # dead letters

    @property
    def sound(self) -> bool:
        faults = (self.untold, self.lost, self.doubled, self.disordered, self.unheard)
        return not any((*faults, self.twice, self.stale, self.buried))


@dataclass
class Run:
    """One campaign: two databases, one stream, and its actors."""

    engines: Engines
    events: int
    number: int = field(default_factory=lambda: next(NUMBERS))
    actors: list[Actor] = field(default_factory=list[Actor])

    @property
    def databases(self) -> dict[str, str]:
        return {kind: f"{kind}_{self.number}" for kind in TABLES}

    async def prepare(self, duplicate_window: float) -> None:
        for kind, name in self.databases.items():
            self.engines.make_database(name, kind, kind)
        async with await self.broker() as nc:
            js = nc.jetstream()
            with contextlib.suppress(NotFoundError):
                await js.delete_stream(stream_of(SOURCE))
            await declare(nc, hears={HEARER: (SOURCE,)}, heard={}, services=(SOURCE, HEARER))
            config = stream_config(SOURCE)
            config.duplicate_window = duplicate_window
            await js.update_stream(config)
            durable = durable_config(HEARER, [subjects_of(SOURCE)])
            durable.ack_wait = ACK_WAIT_SECONDS
            await js.add_consumer(stream_of(SOURCE), durable)

    async def broker(self) -> Client:
        seed = self.engines.safe.nkey_seed(ADMIN)
        return await nats.connect(self.engines.nats.url, nkeys_seed_str=seed)

    async def start(self, role: str, **options: Any) -> Actor:
        kind = "hearer" if role == "consumer" else "teller"
        context = HEARER if role == "consumer" else SOURCE
        known = {
            "database_url": self.engines.url(f"{kind}_app", self.databases[kind]),
            "nats_url": self.engines.nats.url,
            "nats_seed": self.engines.safe.nkey_seed(context),
            "events": self.events,
        }
        log = self.engines.home / "logs" / f"{role}.log"
        self.actors.append(Actor(role, known | options, log))
        await self.actors[-1].read()
        return self.actors[-1]

    async def stop(self) -> None:
        for actor in self.actors:
            await actor.kill()

    async def settled(self) -> None:
        """Wait until everything was told, sent, heard and acknowledged."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(NatsError, psycopg.OperationalError):
                if await self.quiet():
                    return
            await asyncio.sleep(0.1)

    async def quiet(self) -> bool:
        question = "SELECT count(*), count(*) FILTER (WHERE stream_seq IS NULL) FROM outbox"
        if self.ask("teller", question) != [(self.events, 0)]:
            return False
        async with await self.broker() as nc:
            js = nc.jetstream()
            info = await js.consumer_info(stream_of(SOURCE), HEARER)
        return not info.num_pending and not info.num_ack_pending

    def ask(self, kind: str, question: str) -> list[tuple[Any, ...]]:
        with self.engines.admin(self.databases[kind]) as admin:
            return admin.execute(question.encode()).fetchall()

    async def account(self) -> Account:
        """Compare outbox, stream and effects."""
        await self.settled()
        outbox = {id for (id,) in self.ask("teller", "SELECT id FROM outbox")}
        async with await self.broker() as nc:
            stored = await in_stream(nc)
        times = Counter(envelope.id for envelope in stored)
        ((effects, different),) = self.ask(
            "hearer", "SELECT count(*), count(DISTINCT (supplier_id, version)) FROM effect"
        )
        newest = "SELECT (SELECT count(*) FROM (SELECT supplier_id, max(version) FROM effect "
        newest += "GROUP BY 1 EXCEPT SELECT id, version FROM copy) AS stale)"
        return Account(
            told=len(outbox),
            untold=self.events - len(outbox),
            lost=len(outbox - times.keys()),
            doubled=sum(number - 1 for number in times.values()),
            disordered=disordered(stored),
            unheard=self.events - different,
            twice=effects - different,
            stale=self.ask("hearer", newest)[0][0],
            buried=self.ask("hearer", "SELECT count(*) FROM dead_letter")[0][0],
        )


def disordered(stored: list[Envelope]) -> int:
    """Aggregates whose events do not stand in the stream by their gapless numbers."""
    numbers: dict[str, list[int]] = {}
    for envelope in stored:
        numbers.setdefault(envelope.subject, []).append(envelope.sequence)
    return sum(found != list(range(1, len(found) + 1)) for found in numbers.values())


async def in_stream(nc: Client) -> list[Envelope]:
    """Everything in the stream, in its order."""
    reader = await nc.jetstream().subscribe(f"erp.{SOURCE}.>", ordered_consumer=True)
    last = (await nc.jetstream().stream_info(stream_of(SOURCE))).state.last_seq
    found: list[Envelope] = []
    while len(found) < last:
        message = await reader.next_msg(timeout=5)
        found.append(Envelope.model_validate_json(message.data))
    return found
