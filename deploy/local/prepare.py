"""Everything that stands before the services start: database, broker, schemas, streams, logs."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import structlog
from nats.aio.client import Client

from deploy.local.assemble import installed_services
from deploy.local.databases import DatabaseUrls, prepare_databases
from deploy.local.messages import Unstartable
from deploy.local.nats import Nats, start_nats
from deploy.local.ports import port_of
from deploy.local.postgres import ROOM_MB, Postgres, start_postgres
from deploy.local.wiring import ADMIN, Plan, nats_config
from shared.logs import configure_logs
from shared.migrate import upgrade
from shared.streams import declare

OWNED = ".mailuo"  # a file that marks a folder as made by us, so that reset may empty it


def prepare_home(home: Path) -> None:
    """Make the state folder and mark it ours; a full disk or a foreign folder is told now."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(home).free // 2**20
        if free < ROOM_MB:
            raise Unstartable("disk_full", path=home, free_mb=free, need_mb=ROOM_MB)
        (home / OWNED).touch()
        (home / "logs").mkdir(exist_ok=True)
        (home / "secrets").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Unstartable("not_writable", path=home) from error


def log_to_file(home: Path) -> None:
    """Services of this process log to a file; the terminal belongs to the progress lines."""
    path = home / "logs" / "services.log"
    logging.basicConfig(filename=path, level=logging.INFO, force=True)
    configure_logs("INFO")
    file = path.open("a", encoding="utf-8", buffering=1)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file))


async def start_engines(plan: Plan) -> tuple[Postgres, Nats, dict[str, DatabaseUrls]]:
    """PostgreSQL with all databases, and NATS, side by side. Orphans of a killed run are joined."""

    def databases() -> tuple[Postgres, dict[str, DatabaseUrls]]:
        postgres = start_postgres(plan.home, port_of(plan.base, "postgres"))
        return postgres, prepare_databases(postgres, plan.safe)

    def broker() -> Nats:
        return start_nats(plan.home, port_of(plan.base, "nats"), nats_config(plan))

    (postgres, urls), server = await asyncio.gather(
        asyncio.to_thread(databases), asyncio.to_thread(broker)
    )
    return postgres, server, urls


def migrate(urls: dict[str, DatabaseUrls], tell: Callable[[str], None]) -> None:
    """Bring every schema to its head, one after another: alembic's context is one per process."""
    for service in installed_services():
        upgrade(service, urls[service].owner, f"{service}_app")
        tell(service)


async def declare_streams(plan: Plan, server: Nats) -> None:
    """Streams and durables as the data says; what already stands is left alone."""
    client = Client()
    await client.connect(server.url, nkeys_seed_str=plan.safe.nkey_seed(ADMIN))
    try:
        await declare(client)
    finally:
        await client.close()
