"""Databases for tests: one template per context, one clone per worker, emptied before each test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import psycopg
from psycopg import sql
from sqlalchemy import MetaData, create_engine

from shared.audit_install import install, statements
from shared.migrate import branch_of, upgrade_branch
from tests.support.servers import alone, home, postgres, safe, worker

LOCK_WAIT = "5s"  # then whoever still holds a table is a leftover of an earlier test


@dataclass
class Database:
    """One worker's database of one context."""

    name: str
    app_url: str
    owner_url: str
    admin: psycopg.Connection
    seeds: list[str] = field(default_factory=list[str])  # tables that migrations filled
    question: str = ""

    def remember_seeds(self) -> None:
        """Keep what migrations put in, so that emptying can bring it back."""
        tables = self.admin.execute(TABLES).fetchall()
        self.question = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM public.\"{name}\")" for (name,) in tables
        )
        self.seeds = self.filled()
        self.admin.execute("CREATE SCHEMA seeds")
        for name in self.seeds:
            self.admin.execute(f'CREATE TABLE seeds."{name}" AS TABLE public."{name}"'.encode())

    def filled(self) -> list[str]:
        return [name for (name,) in self.admin.execute(self.question.encode())]

    def empty(self) -> None:
        """TRUNCATE what is not empty, and put the seeds back. Triggers stay out of it."""
        filled = self.filled()
        if not set(filled) - set(self.seeds) and not self.seeds:
            return
        every = ", ".join(f'public."{name}"' for name in {*filled, *self.seeds})
        try:
            self.admin.execute(f"TRUNCATE {every} RESTART IDENTITY CASCADE".encode())
        except psycopg.errors.LockNotAvailable:
            self.admin.execute(EVICT, (self.name,))
            self.admin.execute(f"TRUNCATE {every} RESTART IDENTITY CASCADE".encode())
        for name in self.seeds:
            fill = (
                f'INSERT INTO public."{name}" OVERRIDING SYSTEM VALUE SELECT * FROM seeds."{name}"'
            )
            self.admin.execute(fill.encode())


TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND relname <> 'alembic_version'
"""
EVICT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"  # noqa: E501


@cache
def database_of(context: str) -> Database:
    """The worker's clone of a context's migrated database."""
    return clone(
        context, lambda owner_url: upgrade_branch(branch_of(context), owner_url, app(context))
    )


@cache
def scratch_database(name: str, metadata: MetaData) -> Database:
    """A database of the platform's tables and `metadata`'s, with rights and audit installed."""

    def build(owner_url: str) -> None:
        upgrade_branch(branch_of("platform"), owner_url, app(name))
        engine = create_engine(owner_url)
        with engine.begin() as connection:
            metadata.create_all(connection)
            install(connection, statements(metadata, app(name)))
        engine.dispose()

    return clone(name, build)


def app(context: str) -> str:
    return f"{context}_app"


def clone(context: str, build: Callable[[str], None]) -> Database:
    template, name = f"template_{context}", f"{context}_{worker()}"
    owner = f"{context}_owner"
    with alone(f"template-{context}"), admin_of("postgres") as admin:
        if not (home() / template).exists():
            for role in (owner, app(context)):
                make_role(admin, role)
            make_database(admin, template, owner, "template0")
            build(postgres().url(owner, safe().password(owner), template))
            (home() / template).touch()
        make_database(admin, name, owner, template)
        grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
        admin.execute(grant.format(sql.Identifier(name), sql.Identifier(app(context))))
    made = Database(
        name,
        postgres().url(app(context), safe().password(app(context)), name),
        postgres().url(owner, safe().password(owner), name),
        admin_of(name),
    )
    OPEN.append(made)
    made.admin.execute(f"SET lock_timeout = '{LOCK_WAIT}'")
    made.admin.execute("SET session_replication_role = replica")  # neither triggers nor references
    made.remember_seeds()
    return made


OPEN: list[Database] = []


def close_all() -> None:
    """At the worker's end: connections closed, databases left to the controller."""
    while OPEN:
        OPEN.pop().admin.close()


def admin_of(database: str) -> psycopg.Connection:
    return psycopg.connect(postgres().conninfo(database), autocommit=True)


def make_role(admin: psycopg.Connection, role: str) -> None:
    statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER PASSWORD {}")
    admin.execute(statement.format(sql.Identifier(role), sql.Literal(safe().password(role))))


def make_database(admin: psycopg.Connection, name: str, owner: str, template: str) -> None:
    names = [sql.Identifier(text) for text in (name, owner, template)]
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(*names)
    )
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(names[0]))
