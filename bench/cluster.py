"""The throw-away stack of a run: `make run`'s own supervisor on a home of its own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]
import psycopg

from deploy.local.place import private_path
from deploy.local.ports import APPS, free_base, port_of
from deploy.local.postgres import Postgres, start_postgres

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120.0
STOP_SECONDS = 40.0
SETTLE_SECONDS, IDLE_CPU = 45.0, 0.2  # seconds of CPU per second


@dataclass
class Cluster:
    """A running stack: its supervisor's process, its gateway and its PostgreSQL."""

    home: Path
    base: int
    process: subprocess.Popen[bytes]
    seconds: float  # from the command to ready

    @cached_property
    def postgres(self) -> Postgres:
        """The stack's cluster, as its superuser."""
        return start_postgres(self.home)

    @cached_property
    def run(self) -> Mapping[str, dict[str, dict[str, str]]]:
        """The run file: gateway and users by role."""
        found: dict[str, dict[str, dict[str, str]]] = json.loads(
            (self.home / "run.json").read_text(encoding="utf-8")
        )
        return found

    @property
    def gateway(self) -> str:
        """Where people call."""
        return f"http://127.0.0.1:{self.base}"

    def fresh_database(self, name: str) -> str:
        """An empty database of the superuser; libpq URL over the socket."""
        with psycopg.connect(self.postgres.conninfo(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            admin.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.postgres.conninfo(name)

    def cpu_seconds(self, *others: int) -> float:
        """CPU that services, broker and database have used, and these processes besides."""
        return cpu_of(self.process.pid, self.postgres.pid, self.nats_pid, *others)

    @cached_property
    def nats_pid(self) -> int:
        """The broker's process."""
        note = (self.home / "nats" / "running.json").read_text(encoding="utf-8")
        return int(json.loads(note)[0])

    def metrics(self, context: str) -> str:
        """A service's figures, as its monitoring reads them."""
        return httpx.get(f"http://127.0.0.1:{port_of(self.base, context)}/metrics").text

    def statements(self) -> int:
        """Statements of all commands, reactions and sagas of all services so far."""
        lines = (line for name in APPS for line in self.metrics(name).splitlines())
        counts = (line for line in lines if line.startswith("mailuo_statements_sent{"))
        return sum(int(float(line.rpartition(" ")[2])) for line in counts)

    def settle(self) -> None:
        """Wait until what was told before has been heard: the CPU is nearly idle, or time is up."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            before = self.cpu_seconds()
            time.sleep(1.0)
            if self.cpu_seconds() - before < IDLE_CPU:
                return

    def memory(self) -> float:
        """PSS in MiB of services and broker, PostgreSQL left out."""
        return pss(self.process.pid) + pss(self.nats_pid)

    def stop(self) -> None:
        """Ctrl-C; a supervisor that does not end is killed."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def cpu_of(*pids: int) -> float:
    """User and system seconds of these processes and their children, ended ones included.

    Who is both named and another's child counts once.
    """
    total, seen = 0.0, set[int]()
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            named = psutil.Process(pid)
            for process in (named, *named.children(recursive=True)):
                if process.pid not in seen:
                    seen.add(process.pid)
                    total += own_cpu(process)
    return total


def own_cpu(process: psutil.Process) -> float:
    """What the process used, and those of its children that ended and were waited for."""
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def pss(pid: int) -> float:
    """Proportional set size in MiB."""
    return float(psutil.Process(pid).memory_full_info().pss) / 2**20


def start(home: Path, mode: str = "", entry: str = "deploy.local.main") -> Cluster:
    """Start the supervisor and wait until it says where the gateway is and who may sign in.

    `mode` "multi" makes a process of each service; `entry` is the supervisor's module.
    """
    base = free_base()
    (home / "run.json").unlink(missing_ok=True)
    began = time.monotonic()
    with (home / "bench.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - a module of ours
            [sys.executable, "-m", entry, "run"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env=os.environ
            | {"MAILUO_HOME": str(home), "MAILUO_PORT": str(base), "MODE": mode, "LC_ALL": "C"},
            start_new_session=True,
        )
    while time.monotonic() - began < START_SECONDS:
        if (home / "run.json").exists():
            return Cluster(home, base, process, time.monotonic() - began)
        if process.poll() is not None:
            break
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise RuntimeError((home / "bench.log").read_text(encoding="utf-8")[-2000:])


@contextmanager
def throw_away() -> Generator[Cluster]:
    """A stack that is started twice (the second start is of a prepared tree) and then removed."""
    with empty_home() as home:
        start(home).stop()
        cluster = start(home)
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def empty_home() -> Generator[Path]:
    """A home in which the story counts as played; removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="mailuo-bench-"))
    home.chmod(0o755)  # PostgreSQL's account passes through it
    (home / ".mailuo").touch()
    (home / "story-played").touch()  # the story is no part of a figure
    try:
        yield home
    finally:
        shutil.rmtree(private_path(home), ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def signed_in(cluster: Cluster, role: str) -> httpx.Client:
    """A client of the person who plays this role, at the gateway."""
    client = httpx.Client(base_url=cluster.gateway, timeout=60)
    answer = client.post("/api/identity/tokens", json=cluster.run["users"][role])
    answer.raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client
