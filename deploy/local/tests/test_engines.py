"""The embedded PostgreSQL and NATS that supervisor and tests stand on."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from nats.aio.client import Client

from deploy.local.credentials import Safe, make_nkey_seed, public_nkey
from deploy.local.databases import prepare_databases
from deploy.local.messages import Unstartable
from deploy.local.nats import NatsConfig, NatsUser, start_nats, stop_nats
from deploy.local.place import private_path
from deploy.local.postgres import Postgres, start_postgres, stop_postgres


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    stop_postgres(tmp_path)
    stop_nats(tmp_path)
    shutil.rmtree(private_path(tmp_path), ignore_errors=True)


def ask(postgres: Postgres, query: str) -> object:
    with psycopg.connect(postgres.conninfo()) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def test_a_cluster_starts_joins_and_stops_twice(home: Path) -> None:
    first = start_postgres(home)
    assert ask(first, "SHOW server_version_num") >= "180000"  # type: ignore[operator]
    assert ask(first, "SHOW max_connections") == "300"
    joined = start_postgres(home)
    assert (joined.started, joined.pid, joined.port) == (False, first.pid, first.port)
    first.stop()
    first.stop()
    assert not joined.running()


def test_callers_at_the_same_time_share_one_cluster(home: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(start_postgres, [home] * 4))
    assert len({postgres.pid for postgres in found}) == 1
    assert sum(postgres.started for postgres in found) == 1


def test_a_killed_cluster_recovers_what_was_committed(home: Path) -> None:
    cluster = start_postgres(home)
    with psycopg.connect(cluster.conninfo()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    cluster.kill()
    assert ask(start_postgres(home), "SELECT one FROM kept") == 1


def test_nobody_enters_without_a_password_and_root_is_dropped(home: Path) -> None:
    cluster = start_postgres(home)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(cluster.place.sockets), port=cluster.port, user="mailuo_admin")
    assert cluster.place.data.stat().st_mode & 0o077 == 0
    assert Path(f"/proc/{cluster.pid}").stat().st_uid != 0


def test_a_service_enters_its_own_database_only(home: Path) -> None:
    cluster = start_postgres(home)
    safe = Safe(home / "secrets")
    urls = prepare_databases(cluster, safe)
    assert prepare_databases(cluster, safe) == urls
    sales = urls["sales"].app.replace("+psycopg", "", 1)
    with psycopg.connect(sales) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(sales.replace("/sales?", "/finance?"))


def test_a_half_made_cluster_is_made_again(home: Path) -> None:
    start_postgres(home).stop()
    place = start_postgres(home).place
    stop_postgres(home)
    (place.data / "PG_VERSION").unlink()
    assert start_postgres(home).running()


def test_a_strangers_folder_is_refused(home: Path) -> None:
    private_path(home).symlink_to(home)
    with pytest.raises(Unstartable, match="belongs to another user"):
        start_postgres(home)
    private_path(home).unlink()


async def test_a_broker_keeps_each_identity_to_its_rights(home: Path) -> None:
    seed = make_nkey_seed()
    rights = {"publish": ["erp.sales.>"], "subscribe": ["_INBOX.sales.>"]}
    users = [NatsUser("sales", public_nkey(seed), rights)]
    config = NatsConfig({"APP": users, "w0": [NatsUser("test", password="p")]})
    server = await asyncio.to_thread(start_nats, home, 0, config)
    assert (await asyncio.to_thread(start_nats, home)).started is False
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    sales, test = Client(), Client()
    await sales.connect(server.url, nkeys_seed_str=seed, error_cb=note)
    await sales.publish("erp.finance.x.v1", b"")
    await sales.flush()
    await asyncio.sleep(0.2)
    assert any("erp.finance" in text.lower() for text in refused)
    await test.connect(server.url, user="test", password="p")
    await test.jetstream().add_stream(name="S", subjects=["s"])
    assert (await test.jetstream().publish("s", b"1")).seq == 1
    await sales.close()
    await test.close()
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.stop)
    assert not server.running()


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    safe = Safe(tmp_path / "secrets")
    assert safe.signing_key("sales") == safe.signing_key("sales")
    assert '"d"' in safe.signing_key("sales")
    assert '"d"' not in safe.trust(("sales",))
    assert {path.stat().st_mode & 0o777 for path in safe.folder.iterdir()} == {0o600}
    assert safe.folder.stat().st_mode & 0o777 == 0o700
