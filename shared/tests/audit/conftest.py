"""A small context on a real database, as its service, its owner and its sealer see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from shared.audit import verify
from shared.sealer import BATCH, Sealer
from shared.tests.audit.lab import METADATA

COMPANY = "01900000-0000-7000-8000-00000000c001"


class Lab:
    """The lab's database and the ways to change it."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.anchors: list[Any] = []
        self.sealer = Sealer(database.owner_url, "lab", self.keep)

    async def keep(self, subject: Any, payload: Any) -> None:
        self.anchors.append((subject, payload))

    @contextmanager
    def service(
        self, actor: str = "user:1", reason: str = "because", trace: str = "00-t"
    ) -> Iterator[Any]:
        """A transaction of the service, begun as every command begins."""
        with psycopg.connect(self.database.app_url.replace("+psycopg", "")) as connection:
            connection.execute(
                "SELECT begin_command(%s, %s, %s, %s, NULL, '')", (actor, COMPANY, trace, reason)
            )
            yield connection

    @contextmanager
    def owner(self) -> Iterator[Any]:
        """A transaction of the tables' owner, with triggers off as only an owner can."""
        with psycopg.connect(self.database.owner_url.replace("+psycopg", "")) as connection:
            for table in ("audit", "audit_seal", "paper", "entry"):
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield connection
            for table in ("audit", "audit_seal", "paper", "entry"):
                connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def papers(self, count: Any, name: str = "p") -> None:
        with self.service() as connection:
            connection.execute(
                "INSERT INTO paper (company_id, id, name, amount, secret) "
                "SELECT %s, gen_random_uuid(), %s || n, n, 'hush' FROM generate_series(1, %s) n",
                (COMPANY, name, count),
            )

    def trail(
        self, columns: str = "action, table_name, row_id, old, new, actor, reason, trace"
    ) -> Any:
        query = f"SELECT {columns} FROM audit ORDER BY id"
        return self.database.admin.execute(query).fetchall()

    async def seal(self) -> None:
        """Seal all that is pending and anchor the head."""
        async with await self.sealer.connect() as connection:
            while await self.sealer.seal_once(connection) == BATCH:
                pass
            await self.sealer.anchor()

    async def verdict(self, anchors: Any = ()) -> Any:
        engine = create_async_engine(self.database.app_url, poolclass=NullPool)
        async with engine.begin() as connection:
            found = await verify(connection, anchors)
        await engine.dispose()
        return found


@pytest.fixture
def lab(scratch: Any) -> Any:
    return Lab(scratch("lab", METADATA))
