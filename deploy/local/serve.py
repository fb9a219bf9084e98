"""All services in one process: one uvicorn server each, on its own port, one event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Generator, Mapping

import uvicorn

from deploy.local.assemble import build
from deploy.local.messages import Unstartable
from deploy.local.ports import bind
from shared.settings import ServiceSettings

GRACE = 5  # seconds that open requests get at the end


class EmbeddedServer(uvicorn.Server):
    """A server that leaves the process's signals to the supervisor."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Nine servers would otherwise fight over SIGINT."""
        yield


def server_for(settings: ServiceSettings) -> EmbeddedServer:
    """The service's server, not started yet."""
    config = uvicorn.Config(
        build(settings),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    return EmbeddedServer(config)


class Embedded:
    """The running services. Sockets are bound first, so a busy port is told before work begins."""

    def __init__(self, settings: Mapping[str, ServiceSettings]) -> None:
        """Take the ports of all given services."""
        self.settings = settings
        self.sockets: dict[str, socket.socket] = {}
        self.servers: dict[str, EmbeddedServer] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def bind(self) -> None:
        """Take all ports or none."""
        try:
            for name, settings in self.settings.items():
                self.sockets[name] = bind(settings.port, name, settings.host)
        except Unstartable:
            self.release()
            raise

    def release(self) -> None:
        """Close the sockets that no server took over."""
        for taken in self.sockets.values():
            taken.close()

    async def start(self) -> None:
        """Build and start every service; raises Unstartable naming the first that fails."""
        for name, settings in self.settings.items():
            self.servers[name] = server_for(settings)
            serving = self.servers[name].serve(sockets=[self.sockets[name]])
            self.tasks[name] = asyncio.create_task(serving, name=name)
        while not all(server.started for server in self.servers.values()):
            for name, task in self.tasks.items():
                if task.done():
                    why = "" if task.cancelled() else task.exception()
                    raise Unstartable("not_started", name=name, why=why or "start-up", log="above")
            await asyncio.sleep(0.02)

    async def wait(self) -> None:
        """Return when any service ends by itself."""
        await asyncio.wait(self.tasks.values(), return_when=asyncio.FIRST_COMPLETED)

    async def stop(self) -> None:
        """Drain and end all of them. Twice is calm."""
        for server in self.servers.values():
            server.should_exit = True
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        self.release()
