"""The whole stack as separate processes, its parts killed one after another, and the account."""

import asyncio
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import psycopg

from bench.cluster import Cluster
from deploy.local.nats import running_nats
from deploy.local.ports import APPS
from deploy.local.postgres import running_postmaster, start_postgres
from deploy.local.prepare import start_engines
from deploy.local.wiring import Plan
from shared.settings import CONTEXTS

SETTLED_SECONDS = 120.0
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
            pids = json.loads((self.cluster.home / "services.json").read_text(encoding="utf-8"))
            os.kill(pids[part], signal.SIGKILL)

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
