"""The whole local stack as one object: start in order, be ready, stop in reverse."""

import asyncio
import time
from pathlib import Path

import httpx
from rich.console import Console

from deploy.local.assemble import installed_services
from deploy.local.first_run import can_seed, first_users
from deploy.local.messages import Unstartable, say
from deploy.local.multi import Separate, stop_orphans
from deploy.local.nats import stop_nats
from deploy.local.ports import ensure_free, port_of
from deploy.local.postgres import stop_postgres
from deploy.local.prepare import declare_streams, log_to_file, migrate, prepare_home, start_engines
from deploy.local.runfile import write_run_file
from deploy.local.serve import Embedded
from deploy.local.wiring import Plan, settings_of
from shared.settings import ServiceSettings

READY_WITHIN = 60.0  # seconds until the services must say that they are ready


class Stack:
    """One run. `stop` undoes whatever `start` reached, at any point."""

    def __init__(self, plan: Plan, console: Console) -> None:
        """Nothing starts yet."""
        self.plan, self.console = plan, console
        self.services: Embedded | Separate | None = None
        self.began = time.monotonic()

    async def start(self) -> None:
        """Engines, schemas, streams, services, users; raises Unstartable with one sentence."""
        plan = self.plan
        self.began = time.monotonic()
        prepare_home(plan.home)
        stop_orphans(plan.home)
        await asyncio.to_thread(stop_engines, plan.home)  # left by a supervisor that was killed
        refuse_busy_ports(plan)
        postgres, server, urls = await start_engines(plan)
        self._done("databases", f"PostgreSQL :{postgres.port}, NATS :{server.port}")
        await asyncio.to_thread(migrate, urls, lambda _: None)
        self._done("migrations", f"{len(installed_services())}")
        await declare_streams(plan, server)
        self._done("streams", "JetStream")
        settings = settings_of(plan, urls, server.url)
        present = {name: settings[name] for name in installed_services()}
        await self._serve(present)
        self._done("apps", f"{len(present)}")
        await self._users(present)
        seconds = f"{time.monotonic() - self.began:.1f}"
        self.console.print(f"[bold green]✓[/] {say('ready', seconds=seconds, url=plan.gateway)}")

    async def wait(self) -> None:
        """Return when the services end by themselves."""
        assert self.services is not None
        await self.services.wait()

    async def stop(self) -> None:
        """Services first, then broker and database. Twice is calm."""
        if self.services is not None:
            await self.services.stop()
        await asyncio.get_running_loop().shutdown_default_executor()  # a start may be under way
        stop_engines(self.plan.home)

    async def _serve(self, present: dict[str, ServiceSettings]) -> None:
        if self.plan.embedded:
            log_to_file(self.plan.home)
            self.services = Embedded(present)
        else:
            self.services = Separate(self.plan, present, self.console.print)
        self.services.bind()
        await self.services.start()
        await all_ready(present)

    async def _users(self, present: dict[str, ServiceSettings]) -> None:
        if "gateway" not in present or not can_seed():
            write_run_file(self.plan.home, self.plan.gateway, {})
            self.console.print(say("no_seed"))
            return
        users, fresh = await first_users(self.plan, present["gateway"])
        write_run_file(self.plan.home, self.plan.gateway, users if self.plan.demo else {})
        if fresh and not self.plan.demo:
            self.console.print(say("admin", **users["admin"]), markup=False)
        if fresh:
            self._done("first_run", f"{len(users)}")

    def _done(self, key: str, detail: str) -> None:
        seconds = time.monotonic() - self.began
        self.console.print(f"[green]✓[/] {say(key)} [dim]{detail} · {seconds:.1f} s[/]")


def refuse_busy_ports(plan: Plan) -> None:
    """Tell a port conflict before anything slow has begun."""
    for part in (*installed_services(), "postgres", "nats", "nats monitoring"):
        ensure_free(port_of(plan.base, part), part)


def stop_engines(home: Path) -> None:
    """Stop this home's broker and database, whoever started them."""
    stop_nats(home)
    stop_postgres(home)


async def all_ready(present: dict[str, ServiceSettings]) -> None:
    """Wait until every service says ready; raises Unstartable in the words of the first not."""
    deadline = time.monotonic() + READY_WITHIN
    async with httpx.AsyncClient(timeout=5) as client:
        for name, settings in present.items():
            while (why := await not_ready(client, settings)) is not None:
                if time.monotonic() > deadline:
                    raise Unstartable("not_started", name=name, why=why, log="logs")
                await asyncio.sleep(0.05)


async def not_ready(client: httpx.AsyncClient, settings: ServiceSettings) -> str | None:
    """What the service still waits for, None when it is ready."""
    try:
        answer = await client.get(f"http://{settings.host}:{settings.port}/health/ready")
    except httpx.HTTPError as fault:
        return type(fault).__name__
    return None if answer.is_success else answer.text
