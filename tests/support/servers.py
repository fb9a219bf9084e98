"""The run's servers: begun by the first worker that asks, ended by the controller."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from deploy.local.credentials import Safe, public_nkey
from deploy.local.nats import Nats, NatsConfig, NatsUser, start_nats, stop_nats
from deploy.local.place import private_path
from deploy.local.postgres import Postgres, start_postgres, stop_postgres
from shared.settings import SERVICES
from shared.streams import HEARS, permissions

HOME_VARIABLE = "MAILUO_TEST_HOME"
PREFIX = "mailuo-test-"
ACCOUNTS = tuple(f"gw{number}" for number in range(16))  # one per xdist worker
ADMIN = "admin"
OPTIONS = {  # nothing here outlives the run
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "scram_iterations": "1",
    "shared_buffers": "256MB",
}


def home() -> Path:
    return Path(os.environ[HOME_VARIABLE])


def worker() -> str:
    """This process's name among the xdist workers; the only process is `gw0` too."""
    return os.environ.get("PYTEST_XDIST_WORKER", ACCOUNTS[0])


def prepare_run() -> None:
    """Give the run a home; homes of runs that were killed are stopped and removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).split("-")[0]
        if not Path(f"/proc/{pid}").exists() and left.stat().st_uid == os.geteuid():
            clear(left)
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    Path(folder).chmod(0o755)  # PostgreSQL's account passes through it
    os.environ[HOME_VARIABLE] = folder


def end_run() -> None:
    clear(home())


def clear(folder: Path) -> None:
    if (folder / "postgres").exists():
        stop_postgres(folder)
    stop_nats(folder)
    shutil.rmtree(private_path(folder), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """One worker at a time, by a lock file in the run's home."""
    with (home() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def safe() -> Safe:
    """The run's keys and passwords, all made before the first worker reads one."""
    found = Safe(home() / "secrets")
    with alone("secrets"):
        found.trust((*SERVICES, "platform"))
        for service in (*SERVICES, "platform"):
            found.password(f"{service}_owner")
            found.password(f"{service}_app")
        for account in ACCOUNTS:
            for user in (*SERVICES, ADMIN):
                found.nkey_seed(f"{account}-{user}")
    return found


@cache
def postgres() -> Postgres:
    return start_postgres(home(), options=OPTIONS)


@cache
def nats_server() -> Nats:
    with alone("nats"):
        config = NatsConfig({account: users(account) for account in ACCOUNTS}, monitor_port=0)
        return start_nats(home(), config=config)


def users(account: str) -> list[NatsUser]:
    """A service's key has exactly the rights that it has in production; the admin has all."""
    keys = {user: safe().nkey_seed(f"{account}-{user}") for user in (*SERVICES, ADMIN)}
    return [
        NatsUser(
            f"{account}-{user}",
            public_nkey(seed),
            None if user == ADMIN else permissions(user, HEARS[user]),
        )
        for user, seed in keys.items()
    ]
