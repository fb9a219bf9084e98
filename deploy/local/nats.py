"""nats-server with JetStream out of the wheel, its users and rights written from data.

For the supervisor and for tests: `start_nats(home, port, config)` gives the home's broker, running.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.messages import Unstartable
from deploy.local.ports import ensure_free, free_port
from deploy.local.processes import POLL, alive, spawn, stop, tail

PATIENCE: Final = 30.0  # seconds; a large store is checked at the start
Permissions = dict[str, list[str]]  # {"publish": subjects, "subscribe": subjects}


@dataclass(frozen=True, slots=True)
class NatsUser:
    """One identity: an nkey, or name and password (tests). No permissions: all in its account."""

    name: str
    public_key: str = ""
    permissions: Permissions | None = None
    password: str = ""

    def entry(self) -> dict[str, object]:
        """The user as nats-server's configuration spells it."""
        if self.public_key:
            who: dict[str, object] = {"nkey": self.public_key}
        else:
            who = {"user": self.name, "password": self.password}
        return who if self.permissions is None else who | {"permissions": self.permissions}


@dataclass(frozen=True, slots=True)
class NatsConfig:
    """Accounts with their users; equal stream names in two accounts never meet.

    `sync_interval` "always" loses nothing that was acknowledged; tests may say "2m".
    `monitor_port` 0 takes any free port.
    """

    accounts: dict[str, list[NatsUser]] = field(default_factory=dict[str, list[NatsUser]])
    sync_interval: str = "always"
    monitor_port: int = 0


@dataclass(frozen=True, slots=True)
class Nats:
    """A running broker on loopback."""

    port: int
    monitor_port: int
    pid: int
    config_file: Path
    started: bool  # False when a running broker was joined

    @property
    def url(self) -> str:
        """Where clients connect, each with its seed."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def monitor_url(self) -> str:
        """HTTP monitoring (`/healthz`, `/jsz`)."""
        return f"http://127.0.0.1:{self.monitor_port}"

    def running(self) -> bool:
        """True while the server lives."""
        return alive(self.pid, str(self.config_file))

    def stop(self) -> None:
        """Let it flush and end. Twice is calm."""
        stop(self.pid, str(self.config_file), (signal.SIGTERM,))

    def kill(self) -> None:
        """End it at once (crash tests)."""
        stop(self.pid, str(self.config_file), (signal.SIGKILL,))

    def reload(self, config: NatsConfig) -> None:
        """Take over other users and rights without a restart; ports stay."""
        home = self.config_file.parent.parent
        text = render(home, self.port, self.monitor_port, config)
        _write(self.config_file, text)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGHUP)


def start_nats(home: Path, port: int = 0, config: NatsConfig | None = None) -> Nats:
    """The home's broker, running: its configuration is written anew unless it already runs.

    `port` 0 takes any free one. Raises Unstartable with one sentence and leaves nothing running.
    """
    home = home.absolute()
    config = config or NatsConfig()
    if (found := running_nats(home)) is not None:
        return found
    port = port or free_port()
    monitor = config.monitor_port or free_port()
    ensure_free(port, "NATS")
    ensure_free(monitor, "NATS monitoring")
    folder = home / "nats"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "nats.conf"
    _write(file, render(home, port, monitor, config))
    log = home / "logs" / "nats.log"
    child = spawn([binary(), "-c", file], log)
    _write(folder / "running.json", json.dumps([child.pid, port, monitor]))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise Unstartable("not_started", name="NATS", why=tail(log), log=log)
        if _healthy(monitor):
            return Nats(port, monitor, child.pid, file, started=True)
        time.sleep(POLL)
    stop(child.pid, str(file), (signal.SIGTERM,))
    raise Unstartable("not_started", name="NATS", why=tail(log), log=log)


def stop_nats(home: Path) -> None:
    """Stop whatever broker runs on the home, an orphan of a killed supervisor included."""
    if (found := running_nats(home.absolute())) is not None:
        found.stop()


def running_nats(home: Path) -> Nats | None:
    """The live broker of this home, known by its note and its configuration argument."""
    file = home / "nats" / "nats.conf"
    try:
        pid, port, monitor = json.loads(file.with_name("running.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Nats(port, monitor, pid, file, started=False) if alive(pid, str(file)) else None


def binary() -> Path:
    """The server that the wheel installs beside the interpreter, else the one on the PATH."""
    beside = Path(sys.executable).parent / "nats-server"
    if beside.is_file():
        return beside
    if (found := shutil.which("nats-server")) is None:
        raise Unstartable("no_binary", name="nats-server")
    return Path(found)


def render(home: Path, port: int, monitor_port: int, config: NatsConfig) -> str:
    """The server's configuration. JSON is a valid spelling of it, quoting included."""
    accounts: dict[str, object] = {
        name: {
            "jetstream": "enabled",
            "users": [user.entry() for user in users],
        }
        for name, users in config.accounts.items()
    }
    document: dict[str, object] = {
        "server_name": "mailuo",
        "listen": f"127.0.0.1:{port}",
        "http": f"127.0.0.1:{monitor_port}",
        "max_payload": 1048576,
        "jetstream": {
            "store_dir": str(home / "nats" / "store"),
            "sync_interval": config.sync_interval,
        },
    }
    if accounts:
        document["accounts"] = accounts
    return json.dumps(document, indent=2)


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _healthy(monitor_port: int) -> bool:
    """One HTTP exchange with the monitor; JetStream answers only after its recovery."""
    ask = b"GET /healthz?js-enabled-only=true HTTP/1.0\r\nHost: localhost\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", monitor_port), timeout=1) as wire:
            wire.sendall(ask)
            return b" 200 " in wire.recv(64)
    except OSError:
        return False
