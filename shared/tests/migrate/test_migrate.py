"""Up, down, up again, side by side, and never apart from what the tables declare."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import MetaData

from deploy.local.assemble import installed_services
from shared.migrate import (
    Branch,
    branch_of,
    differences,
    downgrade_branch,
    owner_connection,
    partitions,
    revise_branch,
    upgrade,
    upgrade_branch,
)
from shared.tests.audit.lab import METADATA
from tests.support import databases, servers


@pytest.fixture
def empty_url() -> Iterator[Any]:
    """The owner's URL of an empty database."""
    name, password = f"bare_{servers.worker()}", "bare"
    with databases.admin_of("postgres") as admin:
        for role in (f"{name}_owner", f"{name}_app"):
            admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'".encode())
        databases.make_database(admin, name, f"{name}_owner", "template0")
        yield servers.postgres().url(f"{name}_owner", password, name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        admin.execute(f"DROP ROLE {name}_owner".encode())
        admin.execute(f"DROP ROLE {name}_app".encode())


def app_role() -> str:
    return f"bare_{servers.worker()}_app"


def names(url: str) -> set[str]:
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return {name for (name,) in connection.execute(query)}


def test_the_platform_goes_up_and_down_and_up_again(empty_url: Any) -> None:
    branch = branch_of("platform")
    upgrade_branch(branch, empty_url, app_role())
    assert differences(branch, empty_url) == []
    assert {"outbox", "audit", "outbox_default", "inbox_default"} <= names(empty_url)
    downgrade_branch(branch, empty_url, "platform@base", app_role())
    assert names(empty_url) == {"alembic_version", "alembic_version_pkc"}
    upgrade_branch(branch, empty_url, app_role())
    assert differences(branch, empty_url) == []


def test_many_at_once_end_in_one_schema(empty_url: Any) -> None:
    branch = branch_of("platform")
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(upgrade_branch, branch, empty_url, app_role()) for _ in range(4)]
        for one in asked:
            one.result()
    assert differences(branch, empty_url) == []
    with owner_connection(empty_url) as connection:
        assert len(partitions(connection)) >= 8  # default, this month and two more, of two tables


def test_a_new_context_writes_its_migration_and_lives_by_it(empty_url: Any, tmp_path: Path) -> None:
    branch = Branch("lab", METADATA, tmp_path)
    first = revise_branch(branch, "Paper & entries", empty_url)
    assert first.name == "lab_0001_paper_entries.py"
    upgrade_branch(branch, empty_url, app_role())
    assert differences(branch, empty_url) == []
    wider = MetaData(naming_convention=METADATA.naming_convention)
    for table in METADATA.tables.values():
        if table.name != "copied":
            table.to_metadata(wider)
    second = revise_branch(Branch("lab", wider, tmp_path), "no copies", empty_url)
    assert second.name == "lab_0002_no_copies.py"
    assert "drop_table('copied')" in second.read_text(encoding="utf-8")
    assert "outbox" not in second.read_text(encoding="utf-8")
    upgrade_branch(Branch("lab", wider, tmp_path), empty_url, app_role())
    assert "copied" not in names(empty_url)
    downgrade_branch(Branch("lab", METADATA, tmp_path), empty_url, "lab@base", app_role())
    assert not {"paper", "copied"} & names(empty_url)


def test_a_changed_policy_is_installed_without_a_migration(empty_url: Any) -> None:
    branch = branch_of("platform")
    upgrade_branch(branch, empty_url, app_role())
    with psycopg.connect(empty_url.replace("+psycopg", "")) as connection:
        connection.execute("DROP TRIGGER audit_insert ON approval")
        connection.execute("COMMENT ON FUNCTION audit_statement() IS 'an older installation'")
    upgrade_branch(branch, empty_url, app_role())
    with psycopg.connect(empty_url.replace("+psycopg", "")) as connection:
        found = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'approval'::regclass"
        assert connection.execute(found).fetchone() == (4,)


@pytest.mark.parametrize("context", installed_services())
def test_a_contexts_migrations_and_tables_agree(context: Any) -> None:
    held = databases.database_of(context)
    assert differences(branch_of(context), held.owner_url) == []
    upgrade(context, held.owner_url)
