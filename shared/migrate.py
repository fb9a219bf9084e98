"""Brings a context's database to its newest tables, rights and audit triggers.

Every database has two Alembic branches: `platform` (shared/migrations/versions) and the context's
own (services/<context>/migrations/versions). Both are brought to their heads under one lock.

    python -m shared.migrate revise sales "orders"     a new migration from the tables
    python -m shared.migrate revise platform "…"       the same for shared/platform_tables.py
    python -m shared.migrate upgrade sales             URLs from MAILUO_OWNER_DATABASE_URL
    python -m shared.migrate wait sales                until another's upgrade has brought it there
    python -m shared.migrate downgrade sales sales@-1
"""

import argparse
import asyncio
import importlib
import os
import re
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from shared.audit_install import install, installed, statements
from shared.clock import utc_now
from shared.partitions import ensure_partitions
from shared.platform_tables import PLATFORM

ROOT: Final = Path(__file__).resolve().parent.parent
SCRIPTS: Final = ROOT / "shared" / "migrations"
PLATFORM_BRANCH: Final = "platform"
WAIT_SECONDS: Final = 300.0
LOCK: Final = "SELECT pg_advisory_lock(hashtextextended('mailuo.migrate', 0))"
ONE_AT_A_TIME = threading.Lock()  # Alembic keeps its context in a module global


@dataclass(frozen=True, slots=True)
class Branch:
    """A context's tables and the folder of its migrations."""

    context: str
    metadata: MetaData
    versions: Path

    @property
    def labels(self) -> tuple[str, ...]:
        """The branches to bring to their heads, the platform first."""
        own = (self.context,) if any(self.versions.glob("*.py")) else ()
        return (PLATFORM_BRANCH, *own)


def branch_of(context: str) -> Branch:
    """The branch of a context by name; `platform` has no tables but the platform's."""
    if context == PLATFORM_BRANCH:
        return Branch(context, MetaData(), ROOT / "shared" / "migrations" / "none")
    package = "gateway" if context == "gateway" else f"services.{context}"
    importlib.import_module(f"{package}.all_tables")
    rows: ModuleType = importlib.import_module(f"{package}.rows")
    metadata = rows.METADATA
    assert isinstance(metadata, MetaData)
    return Branch(context, metadata, ROOT.joinpath(*package.split("."), "migrations", "versions"))


def upgrade(context: str, owner_url: str, app_role: str = "") -> None:
    """Bring the context's database to its heads; calm and quick when it is there already.

    `owner_url` is a SQLAlchemy URL of the role that owns the database; `app_role` the role that
    the service signs in with, by default `<context>_app`. Concurrent callers wait for one another.
    """
    upgrade_branch(branch_of(context), owner_url, app_role or f"{context}_app")


def upgrade_branch(branch: Branch, owner_url: str, app_role: str) -> None:
    wanted = statements(branch.metadata, app_role)
    with owner_connection(owner_url) as connection:
        if not at_heads(connection, branch) or not installed(connection, wanted):
            connection.execute(text(LOCK))
            connection.commit()
            with ONE_AT_A_TIME:
                for label in branch.labels:
                    command.upgrade(config_for(connection, branch), f"{label}@head")
            install(connection, wanted)
            connection.commit()
    with ThreadPoolExecutor(1) as thread:  # the caller may stand inside an event loop
        thread.submit(asyncio.run, partition_upkeep(owner_url)).result()


def wait(context: str, owner_url: str, seconds: float = WAIT_SECONDS) -> bool:
    """Whether the database stands at this program's heads before `seconds` have passed.

    For a service that starts beside its migration; a database that is not there yet is waited for.
    """
    branch, deadline = branch_of(context), time.monotonic() + seconds
    while True:
        try:
            with owner_connection(owner_url) as connection:
                if at_heads(connection, branch):
                    return True
        except OperationalError as fault:
            sys.stderr.write(f"{context}: {str(fault.orig).strip()}\n")
        if time.monotonic() > deadline:
            return False
        time.sleep(1)


async def partition_upkeep(owner_url: str) -> None:
    """The months' partitions of outbox and inbox, as the running service keeps them too."""
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await ensure_partitions(connection, utc_now().date())
    finally:
        await engine.dispose()


def downgrade(context: str, owner_url: str, revision: str, app_role: str = "") -> None:
    """Step back to `revision` (`sales@base`, `sales@-1`), rights and triggers included."""
    downgrade_branch(branch_of(context), owner_url, revision, app_role or f"{context}_app")


def downgrade_branch(branch: Branch, owner_url: str, revision: str, app_role: str) -> None:
    with owner_connection(owner_url) as connection:
        connection.execute(text(LOCK))
        connection.commit()
        with ONE_AT_A_TIME:
            command.downgrade(config_for(connection, branch), revision)
        install(connection, statements(branch.metadata, app_role))
        connection.commit()


def revise(context: str, message: str, owner_url: str) -> Path:
    """Write the migration from the newest version to the tables as they are declared now.

    `owner_url` names a scratch database. Read what it wrote: renames look like drop and add, and
    changed CHECK constraints and server defaults are not seen.
    """
    return revise_branch(branch_of(context), message, owner_url)


def revise_branch(branch: Branch, message: str, owner_url: str) -> Path:
    context = branch.context
    own = SCRIPTS / "versions" if context == PLATFORM_BRANCH else branch.versions
    own.mkdir(parents=True, exist_ok=True)
    count = len(list(own.glob(f"{context}_*.py")))
    slug = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")
    with owner_connection(owner_url) as connection, ONE_AT_A_TIME:
        for label in branch.labels:
            if label != PLATFORM_BRANCH or any((SCRIPTS / "versions").glob("*.py")):
                command.upgrade(config_for(connection, branch), f"{label}@head")
        script = command.revision(
            config_for(connection, branch, own),
            message=message,
            autogenerate=True,
            head=f"{context}@head" if count else "base",
            branch_label=None if count else context,
            rev_id=f"{context}_{count + 1:04d}",
            version_path=str(own),
        )
    path = Path(getattr(script, "path", ""))
    return path.rename(own / f"{context}_{count + 1:04d}_{slug}.py")


def differences(branch: Branch, owner_url: str) -> list[object]:
    """What the tables declare and the migrated database lacks, or the reverse; empty when equal."""
    with owner_connection(owner_url) as connection:
        ignored = partitions(connection)

        def outside(_item: object, name: str | None, kind: str, *_rest: object) -> bool:
            return kind != "table" or name not in ignored

        migration = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": outside,
            },
        )
        return list(compare_metadata(migration, [branch.metadata, PLATFORM]))  # type: ignore[arg-type]


@contextmanager
def owner_connection(url: str) -> Generator[Connection]:
    """One connection outside any pool, closed at the end; its session locks go with it."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": "-c timezone=UTC"})
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def config_for(connection: Connection, branch: Branch, own: Path | None = None) -> Config:
    """Alembic's configuration for one run; `own` is the folder that a new migration enters."""
    config = Config(stdout=sys.stderr)
    folders = [folder for folder in (SCRIPTS / "versions", branch.versions, own) if folder]
    present = dict.fromkeys(str(folder) for folder in folders if folder.is_dir())
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(present).replace("%", "%%"))
    platform = branch.context == PLATFORM_BRANCH
    other = branch.metadata if platform else PLATFORM
    config.attributes |= {
        "connection": connection,
        "metadata": PLATFORM if platform else branch.metadata,
        "ignored": frozenset(other.tables) | partitions(connection),
    }
    return config


def at_heads(connection: Connection, branch: Branch) -> bool:
    if connection.scalar(text("SELECT to_regclass('public.alembic_version')")) is None:
        return False
    current = connection.scalars(text("SELECT version_num FROM alembic_version"))
    script = ScriptDirectory.from_config(config_for(connection, branch))
    return set(current) == set(script.get_heads())


def partitions(connection: Connection) -> frozenset[str]:
    """Names of tables that are partitions of others; upkeep makes them, not migrations."""
    found = connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition"))
    return frozenset(str(name) for name in found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m shared.migrate")
    parser.add_argument("action", choices=("revise", "upgrade", "wait", "downgrade"))
    parser.add_argument("context")
    parser.add_argument("what", nargs="?", default="", help="the message, or the target revision")
    asked = parser.parse_args()
    if asked.action == "revise":
        scratch = importlib.import_module("deploy.local.scratch")
        with scratch.scratch_database() as url:
            path = revise(asked.context, asked.what or "change", url)
        scratch.tidied(path)
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
        return 0
    url = os.environ["MAILUO_OWNER_DATABASE_URL"]
    if asked.action == "wait":
        return 0 if wait(asked.context, url) else 1
    if asked.action == "upgrade":
        upgrade(asked.context, url)
    else:
        downgrade(asked.context, url, asked.what or f"{asked.context}@-1")
    return 0


if __name__ == "__main__":
    sys.exit(main())
