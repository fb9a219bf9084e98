"""Services as separate processes: started, watched, restarted with delays, stopped by pid."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import httpx

from deploy.local.assemble import package_of
from deploy.local.messages import Unstartable, say
from deploy.local.ports import ensure_free
from deploy.local.processes import ask, spawn, stop, tail
from deploy.local.runfile import write_private
from deploy.local.wiring import Plan, environment
from shared.settings import ServiceSettings

ENTRY: Final = "deploy.local.one"  # what each process runs
SLOWEST: Final = 30.0  # seconds between two starts of a service that keeps failing
CALM: Final = 60.0  # seconds of life after which a service counts as healthy again
PATIENCE: Final = 90.0  # seconds for the first start of all processes together


class Separate:
    """The running service processes of one home."""

    def __init__(
        self, plan: Plan, settings: Mapping[str, ServiceSettings], tell: Callable[[str], None]
    ) -> None:
        """Start nothing yet; `tell` prints a line for the person."""
        self.home, self.reload = plan.home, plan.reload
        self.settings, self.tell = settings, tell
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.watch: asyncio.Task[None] | None = None

    def bind(self) -> None:
        """Refuse at once when a port is taken; the processes bind them later."""
        for name, settings in self.settings.items():
            ensure_free(settings.port, name)

    async def start(self) -> None:
        """Start all, wait until each answers, then keep watch."""
        for name in self.settings:
            self._launch(name)
        deadline = time.monotonic() + PATIENCE
        async with httpx.AsyncClient(timeout=2) as client:
            for name, settings in self.settings.items():
                while not await _lives(client, settings):
                    self._still_starting(name, deadline)
                    await asyncio.sleep(0.2)
        self.watch = asyncio.create_task(self._watch())

    async def wait(self) -> None:
        """Separate services are restarted, so this returns only when the watch breaks."""
        assert self.watch is not None
        await asyncio.wait([self.watch])

    async def stop(self) -> None:
        """End all processes at the same time. Twice is calm."""
        if self.watch is not None:
            self.watch.cancel()
        pids = [child.pid for child in self.children.values()]
        await asyncio.to_thread(stop_pids, self.home, pids)
        (self.home / "services.json").unlink(missing_ok=True)

    def release(self) -> None:
        """Nothing is bound here."""

    def _launch(self, name: str) -> None:
        command = [sys.executable, "-m", ENTRY, name, marker(self.home)]
        log = self.home / "logs" / f"{name}.log"
        variables = {**os.environ, **environment(self.settings[name])}
        self.children[name] = spawn(command, log, env=variables, cwd=Path.cwd())
        pids = {service: child.pid for service, child in self.children.items()}
        write_private(self.home / "services.json", json.dumps(pids))

    def _still_starting(self, name: str, deadline: float) -> None:
        log = self.home / "logs" / f"{name}.log"
        if self.children[name].poll() is not None or time.monotonic() > deadline:
            raise Unstartable("not_started", name=name, why=tail(log), log=log)

    async def _watch(self) -> None:
        """Start a service again when it ends: after 0.5 s, then twice as long each time."""
        delays = dict.fromkeys(self.settings, 0.5)
        due: dict[str, float] = {}
        born = dict.fromkeys(self.settings, time.monotonic())
        seen = newest_change(self.reload)
        while True:
            await asyncio.sleep(0.2)
            if (changed := newest_change(self.reload)) != seen:
                seen = changed
                ask(self.children[self.reload].pid, marker(self.home), signal.SIGTERM)
            now = time.monotonic()
            for name, child in list(self.children.items()):
                if name in due:
                    if now >= due[name]:
                        del due[name]
                        self._launch(name)
                        born[name] = now
                elif (code := child.poll()) is not None:
                    delays[name] = 0.5 if now - born[name] > CALM else delays[name]
                    self.tell(say("restart", name=name, code=code, delay=delays[name]))
                    due[name] = now + delays[name]
                    delays[name] = min(delays[name] * 2, SLOWEST)


def newest_change(service: str) -> float:
    """When the code of a service or of shared/ last changed; 0 when nothing is watched."""
    if not service:
        return 0.0
    folders = (Path(package_of(service).replace(".", "/")), Path("shared"))
    return max((p.stat().st_mtime for f in folders for p in f.rglob("*.py")), default=0.0)


def marker(home: Path) -> str:
    """The argument by which a service process of this home is recognised."""
    return f"--home={home}"


def stop_orphans(home: Path) -> None:
    """End service processes that a killed supervisor left behind."""
    note = home / "services.json"
    try:
        pids = [int(pid) for pid in json.loads(note.read_text(encoding="utf-8")).values()]
    except (OSError, ValueError, AttributeError):
        return
    stop_pids(home, pids)
    note.unlink(missing_ok=True)


def stop_pids(home: Path, pids: list[int]) -> None:
    """Ask all of them first, then wait for each: nine drains take as long as one."""
    for pid in pids:
        ask(pid, marker(home), signal.SIGTERM)
    for pid in pids:
        stop(pid, marker(home), (signal.SIGTERM,))


async def _lives(client: httpx.AsyncClient, settings: ServiceSettings) -> bool:
    try:
        answer = await client.get(f"http://{settings.host}:{settings.port}/health/live")
    except httpx.HTTPError:
        return False
    return answer.is_success
