"""One database and two roles per service: the owner changes schemas, the app only rows."""

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from deploy.local.credentials import Safe
from deploy.local.postgres import Postgres
from shared.settings import SERVICES


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Where one service finds its database, as each of its roles."""

    app: str
    owner: str


def prepare_databases(postgres: Postgres, safe: Safe) -> dict[str, DatabaseUrls]:
    """Roles and databases of all services, made where missing; URLs by service.

    Passwords are set anew each time, so a restored cluster follows the secrets folder.
    """
    with psycopg.connect(postgres.conninfo(), autocommit=True) as connection:
        present = _names(connection, "SELECT datname FROM pg_database")
        roles = _names(connection, "SELECT rolname FROM pg_roles")
        urls = {service: _urls(postgres, safe, service) for service in SERVICES}
        for service in SERVICES:
            for role in (f"{service}_owner", f"{service}_app"):
                _role(connection, role, safe.password(role), fresh=role not in roles)
            if service not in present:
                _database(connection, service)
    for service in SERVICES:
        if service not in present:
            _open_schema(postgres, service)
    return urls


def _urls(postgres: Postgres, safe: Safe, service: str) -> DatabaseUrls:
    def url(role: str) -> str:
        return postgres.url(role, safe.password(role), service)

    return DatabaseUrls(app=url(f"{service}_app"), owner=url(f"{service}_owner"))


def _names(connection: psycopg.Connection, query: LiteralString) -> set[str]:
    return {str(row[0]) for row in connection.execute(sql.SQL(query))}


def _role(connection: psycopg.Connection, role: str, password: str, *, fresh: bool) -> None:
    verb = sql.SQL("CREATE" if fresh else "ALTER")
    statement = sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}")
    connection.execute(statement.format(verb, sql.Identifier(role), sql.Literal(password)))


def _database(connection: psycopg.Connection, service: str) -> None:
    name, owner = sql.Identifier(service), sql.Identifier(f"{service}_owner")
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    app = sql.Identifier(f"{service}_app")
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, app))


def _open_schema(postgres: Postgres, service: str) -> None:
    """The app may look into `public`; what it may touch there is granted by the migrations."""
    with psycopg.connect(postgres.conninfo(service), autocommit=True) as connection:
        app = sql.Identifier(f"{service}_app")
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app))
