# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.
"""The whole stack as separate processes, its parts killed one after another, and the account."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import nats
import psutil  # type: ignore[import-untyped]
import psycopg

from bench.cluster import ROOT, Cluster
from deploy.local.multi import marker
from deploy.local.nats import running_nats
from deploy.local.ports import APPS, free_port
from deploy.local.postgres import running_postmaster, start_postgres
from deploy.local.prepare import start_engines
from deploy.local.wiring import ADMIN, Plan
from shared.settings import CONTEXTS
from shared.streams import HEARD, durable_config, stream_config, stream_of

SETTLED_SECONDS = 120.0
HELD_SECONDS = 30.0
WINDOW_SECONDS = 0.1  # of the broker's deduplication, where it is shortened
ACK_WAIT_SECONDS = 1.0  # until a killed consumer's events come back; 30 s in production
DEPOSE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND application_name = 'relay'
AND datname = current_database()
"""
SAGAS_OPEN = "SELECT count(*) FROM saga WHERE phase NOT IN ('done', 'rejected')"
UNSENT = "SELECT count(*) FROM outbox WHERE stream_seq IS NULL"


@dataclass
class Siege:
    """Kills parts of a running stack and looks at what is left."""

    cluster: Cluster

    @property
    def plan(self) -> Plan:
        return Plan(self.cluster.home, self.cluster.base, embedded=False)

    def kill(self, part: str) -> None:
        """Kill -9 (PostgreSQL: immediate stop). The supervisor revives services, we the engines."""
        if part == "postgres":
            start_postgres(self.cluster.home).kill()
            self.engines()
        elif part == "nats":
            self.kill_broker()
            self.engines()
        else:
            os.kill(self.pid(part), signal.SIGKILL)

    def engines(self) -> None:
        """Start again what was killed, on the same ports."""
        asyncio.run(start_engines(self.plan))

    def kill_broker(self) -> None:
        broker = running_nats(self.cluster.home)
        assert broker is not None
        broker.kill()

    def cut_off(self, seconds: float) -> None:
        """The broker hears nobody for a while, and does not know it."""
        broker = running_nats(self.cluster.home)
        assert broker is not None
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(broker.pid, signal.SIGCONT)

    @property
    def faults(self) -> Path:
        """The folder that every service asks (tests/faults/breach.py)."""
        found = self.cluster.home / "faults"
        found.mkdir(exist_ok=True)
        return found

    def arm(self, context: str, place: str) -> None:
        """The service's next process that comes to the place stops there."""
        (self.faults / f"held-{context}").unlink(missing_ok=True)
        (self.faults / f"hold-{context}").write_text(place, encoding="utf-8")

    def held(self, context: str, seconds: float = HELD_SECONDS) -> tuple[int, int] | None:
        """The stopped process and how much is in flight in it; None when it did not get there."""
        note = self.faults / f"held-{context}"
        if not eventually(note.exists, seconds):
            (self.faults / f"hold-{context}").unlink(missing_ok=True)
            return None
        pid, in_flight = json.loads(note.read_text(encoding="utf-8"))
        return pid, in_flight

    @contextmanager
    def without(self, guard: str) -> Iterator[None]:
        """One guarantee is off in every service, or none when the name is empty."""
        switch = self.faults / f"without-{guard or 'nothing'}"
        switch.touch()
        try:
            yield
        finally:
            switch.unlink()

    def pid(self, part: str) -> int:
        pids = json.loads((self.cluster.home / "services.json").read_text(encoding="utf-8"))
        return int(pids[part])

    @contextmanager
    def second(self, part: str) -> Iterator[None]:
        """Another replica of a service, on a port that nobody calls; it is ready when this begins.

        It hears, and follows whoever leads.
        """
        port = free_port()
        variables = psutil.Process(self.pid(part)).environ() | {"MAILUO_PORT": str(port)}
        command = [sys.executable, "-m", "tests.faults.breach", part, marker(self.cluster.home)]
        with (self.cluster.home / "logs" / f"{part}-second.log").open("ab") as log:
            replica = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=variables)
        try:
            url = f"http://127.0.0.1:{port}/health/ready"
            assert eventually(partial(ready, url), SETTLED_SECONDS)
            yield
        finally:
            replica.terminate()
            replica.wait(SETTLED_SECONDS)

    def depose(self, context: str) -> None:
        """Cut the session that holds the lead of a context's relays."""
        assert self.ask(context, DEPOSE) == 1

    async def shorten(self, source: str, hearer: str) -> None:
        """A source's events come back at once; the broker's own deduplication must not save us."""
        server = running_nats(self.cluster.home)
        assert server is not None
        seed = self.plan.safe.nkey_seed(ADMIN)
        async with await nats.connect(server.url, nkeys_seed_str=seed) as admin:
            streams = admin.jetstream()
            config = stream_config(source)
            config.duplicate_window = WINDOW_SECONDS
            await streams.update_stream(config)
            durable = durable_config(hearer, HEARD[hearer][source])
            durable.ack_wait = ACK_WAIT_SECONDS
            await streams.add_consumer(stream_of(source), durable)

    def keep_store(self) -> None:
        """Set a copy of the stream store aside, as a backup would."""
        self.kill_broker()
        shutil.copytree(self.store, self.older)
        self.engines()

    def roll_back_store(self) -> None:
        """Put the older copy in its place: what was told since then is gone from the streams."""
        self.kill_broker()
        shutil.rmtree(self.store)
        shutil.move(self.older, self.store)
        self.engines()

    @property
    def store(self) -> Any:
        return self.cluster.home / "nats" / "store"

    @property
    def older(self) -> Any:
        return self.cluster.home / "nats" / "older"

    def ask(self, context: str, question: str) -> int:
        """A count in a context's database; 0 while the database is away."""
        place = running_postmaster(self.cluster.postgres.place)
        if place is None:
            return 0
        with psycopg.connect(self.cluster.postgres.conninfo(context), connect_timeout=5) as one:
            row = one.execute(question.encode()).fetchone()
            return int(row[0]) if row else 0

    def plant(self, context: str, statement: str) -> str:
        """Change one row as only the database's superuser can, unseen by triggers; what it says."""
        with psycopg.connect(self.cluster.postgres.conninfo(context)) as one:
            one.execute("SET session_replication_role = replica")
            row = one.execute(statement.encode()).fetchone()
            assert row is not None, statement
            return str(row[0])

    def under_way(self) -> tuple[int, int]:
        """Unfinished sagas and events not yet in their stream, of all contexts."""
        sagas = sum(self.ask(context, SAGAS_OPEN) for context in CONTEXTS)
        return sagas, sum(self.ask(context, UNSENT) for context in CONTEXTS)

    def rows(self, context: str, question: str) -> list[tuple[Any, ...]]:
        """An answer out of a context's database."""
        with psycopg.connect(self.cluster.postgres.conninfo(context)) as one:
            return one.execute(question.encode()).fetchall()

    def until_ready(self, seconds: float = SETTLED_SECONDS) -> None:
        """Wait until every service says that it is ready."""
        for place, name in enumerate(APPS):
            url = f"http://127.0.0.1:{self.cluster.base + place}/health/ready"
            assert eventually(partial(ready, url), seconds), f"{name} is not ready"

    def until_quiet(self) -> None:
        """Wait until all sagas have ended, everything told is sent, and every hearer has heard."""
        assert eventually(lambda: self.under_way() == (0, 0), SETTLED_SECONDS), self.under_way()
        self.cluster.settle()


def ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


def eventually(look: Callable[[], bool], seconds: float) -> bool:
    """True as soon as `look` is; False when the time is up."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.3)
    return True
