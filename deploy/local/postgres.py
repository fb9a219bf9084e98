"""PostgreSQL 18 out of the wheel, without root, containers or trust authentication.

For the supervisor and for tests: `start_postgres(home, port)` gives the home's cluster, running.
The wheel's own `get_server` is not used: it trusts every local user and changes parents' modes.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from deploy.local.messages import Unstartable
from deploy.local.place import Place, place_for
from deploy.local.ports import ensure_free, free_port
from deploy.local.processes import POLL, alive, spawn, stop, tail

SUPERUSER: Final = "mailuo_admin"
PID_FILE_LINES: Final = 8  # the last one says whether connections are accepted
PATIENCE: Final = 60.0  # seconds for a start, crash recovery included
ROOM_MB: Final = 300  # an empty stack writes about 200 MB
SETTINGS: Final[dict[str, str]] = {
    "max_connections": "300",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "idle_in_transaction_session_timeout": "120s",
    "max_wal_size": "2GB",
    "log_line_prefix": "%m [%p] %u@%d ",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running cluster. URLs go over the Unix socket; `port` also answers on loopback TCP."""

    place: Place
    port: int
    pid: int
    password: str
    started: bool  # False when a running cluster was joined

    @property
    def admin_url(self) -> str:
        """SQLAlchemy URL of the superuser, database `postgres`."""
        return self.url(SUPERUSER, self.password, "postgres")

    def url(self, role: str, password: str, database: str) -> str:
        """`postgresql+psycopg://` URL of one role and database over the socket."""
        sockets = quote(str(self.place.sockets), safe="")
        secret = quote(password, safe="")
        return f"postgresql+psycopg://{role}:{secret}@/{database}?host={sockets}&port={self.port}"

    def conninfo(self, database: str = "postgres") -> str:
        """URL in libpq spelling of the superuser for `psycopg.connect`."""
        return self.url(SUPERUSER, self.password, database).replace("+psycopg", "", 1)

    def tcp_url(self, role: str, password: str, database: str) -> str:
        """The same over loopback TCP, for programs that know no sockets."""
        secret = quote(password, safe="")
        return f"postgresql+psycopg://{role}:{secret}@127.0.0.1:{self.port}/{database}"

    def running(self) -> bool:
        """True while the postmaster lives."""
        return alive(self.pid, str(self.place.data))

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back. Twice is calm."""
        stop(self.pid, str(self.place.data), (signal.SIGINT, signal.SIGQUIT), patience=30.0)

    def kill(self) -> None:
        """End it at once without a checkpoint (crash tests); the next start recovers."""
        stop(self.pid, str(self.place.data), (signal.SIGQUIT,), patience=10.0)


def start_postgres(home: Path, port: int = 0, options: Mapping[str, str] | None = None) -> Postgres:
    """The home's cluster, running: made at the first call, joined when it already runs.

    `port` 0 takes any free one; a joined cluster keeps its own. `options` are further settings of
    postgresql.conf (tests pass `fsync=off`). Concurrent callers wait for one another. Raises
    Unstartable with one sentence and leaves nothing running then.
    """
    home = home.absolute()
    with _one_at_a_time(home):
        place = place_for(home)
        password = _superuser_password(home)
        if (found := running_postmaster(place)) is not None:
            return Postgres(place, found[1], found[0], password, started=False)
        port = port or free_port()
        ensure_free(port, "PostgreSQL")
        if not (place.data / "PG_VERSION").exists():
            _initialise(home, place, password)
        pid = _launch(home, place, port, {**SETTINGS, **(options or {})})
        return Postgres(place, port, pid, password, started=True)


def stop_postgres(home: Path) -> None:
    """Stop whatever cluster runs on the home, an orphan of a killed supervisor included."""
    home = home.absolute()
    if not (home / "postgres").exists():
        return
    with _one_at_a_time(home):
        place = place_for(home)
        if (found := running_postmaster(place)) is not None:
            Postgres(place, found[1], found[0], "", started=False).stop()


def running_postmaster(place: Place) -> tuple[int, int] | None:
    """(pid, port) of the live postmaster of this data folder, from its own pid file."""
    try:
        lines = (place.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (OSError, ValueError, IndexError):
        return None
    return (pid, port) if alive(pid, str(place.data)) else None


def _initialise(home: Path, place: Place, password: str) -> None:
    """Make an empty cluster; a half-made one (killed initdb) is cleared first."""
    free = shutil.disk_usage(place.sockets).free // 2**20
    if free < ROOM_MB:
        raise Unstartable("disk_full", path=place.data, free_mb=free, need_mb=ROOM_MB)
    if place.data.exists():
        for left in place.data.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    secret = place.sockets / "initial"
    secret.touch(mode=0o600)
    if place.account:
        os.chown(secret, place.account.uid, place.account.gid)
    secret.write_text(password, encoding="utf-8")
    log = home / "logs" / "initdb.log"
    command: list[str | Path] = [
        *(place.binaries / "initdb", "-D", place.data, "-U", SUPERUSER, f"--pwfile={secret}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin"),
        *("--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
    ]
    try:
        code = spawn(command, log, place.account).wait(timeout=PATIENCE)
    finally:
        secret.unlink()
    if code:
        raise _cause("initdb", log, place)


def _launch(home: Path, place: Place, port: int, settings: Mapping[str, str]) -> int:
    """Start the postmaster and wait until its pid file says ready."""
    log = home / "logs" / "postgres.log"
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    command: list[str | Path] = [
        place.binaries / "postgres",
        *("-D", str(place.data), "-p", str(port), "-k", str(place.sockets)),
        *("--listen-addresses=127.0.0.1", *flags),
    ]
    child = spawn(command, log, place.account)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise _cause("PostgreSQL", log, place)
        if _ready(place.data, child.pid):
            return child.pid
        time.sleep(POLL)
    stop(child.pid, str(place.data), (signal.SIGQUIT,))
    raise _cause("PostgreSQL", log, place)


def _ready(data: Path, pid: int) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return (
        len(lines) >= PID_FILE_LINES
        and lines[0].strip() == str(pid)
        and lines[7].strip() in {"ready", "standby"}  # the latter while a restore goes on
    )


def _cause(name: str, log: Path, place: Place) -> Unstartable:
    why = tail(log)
    if "No space left" in why:
        free = shutil.disk_usage(place.sockets).free // 2**20
        return Unstartable("disk_full", path=place.data, free_mb=free, need_mb=ROOM_MB)
    return Unstartable("not_started", name=name, why=why, log=log)


def _superuser_password(home: Path) -> str:
    path = home / "secrets" / "postgres-superuser"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8")


@contextlib.contextmanager
def _one_at_a_time(home: Path) -> Generator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
