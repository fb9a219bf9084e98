"""The fixtures themselves: isolation between tests, rights of the roles, servers that end."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

import psycopg
import pytest
from fastapi import APIRouter
from nats.aio.client import Client
from sqlalchemy import MetaData, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth import needs
from shared.service import create_service
from shared.session import Session, TransactionRoute
from shared.spec import ServiceSpec
from tests.support import databases, services
from tests.support.services import USER

KEY = "INSERT INTO idempotency_key VALUES ('k', 'h', 200, '{}', 'x', now())"


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_begins_with_an_empty_database(
    database: Callable[[str], AsyncEngine], turn: Any
) -> None:
    async with database("platform").begin() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM idempotency_key")) == 0
        await connection.execute(text(KEY))


async def test_a_leftover_lock_does_not_stop_the_next_test(
    scratch: Callable[[str, MetaData], databases.Database],
) -> None:
    held = scratch("platform_locks", MetaData())
    held.admin.execute("SET lock_timeout = '100ms'")
    with psycopg.connect(held.app_url.replace("+psycopg", "")) as left:
        left.execute(KEY)
        held.admin.execute("INSERT INTO idempotency_key VALUES ('l', 'h', 200, '{}', 'x', now())")
        held.empty()
        assert held.filled() == []
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")
        left.close()


async def test_the_service_role_cannot_touch_the_schema(
    database: Callable[[str], AsyncEngine],
) -> None:
    engine = database("platform")
    for refused in ("CREATE TABLE t (a int)", "CREATE TEMP TABLE t (a int)", "DROP TABLE saga"):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            async with engine.begin() as connection:
                await connection.execute(text(refused))


async def test_statements_are_counted_without_begin_and_commit(
    database: Callable[[str], AsyncEngine],
    statements: Callable[[AsyncEngine], AbstractContextManager[list[str]]],
) -> None:
    engine = database("platform")
    with statements(engine) as seen:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT 1"))
            await connection.execute(text("SELECT 2"))
    assert seen == ["SELECT 1", "SELECT 2"]


async def test_streams_begin_empty(broker: Client) -> None:
    await broker.jetstream().publish("erp.sales.tried.v1", b"{}")
    info = await broker.jetstream().stream_info("SALES")
    assert info.state.last_seq == 1


async def test_a_service_answers_a_person_and_refuses_a_stranger(
    service: Callable[..., AbstractAsyncContextManager[services.ServiceUnderTest]],
) -> None:
    router = APIRouter(route_class=TransactionRoute)

    @router.post("/keys", dependencies=[needs("lab.key.create")])
    async def make_key(session: Session) -> dict[str, str]:
        actor = (await session.execute(text("SELECT current_setting('app.actor')"))).scalar_one()
        return {"actor": actor}

    def make(settings: Any) -> Any:
        return create_service(ServiceSpec("platform", "lab", [router]), settings)

    async with service("platform", make=make) as lab:
        with lab.counted() as seen:
            answer = await lab.as_user("lab.key.create").post("/keys")
        assert answer.json() == {"actor": f"user:{USER}"}
        assert len(seen) == 2, seen
        assert (await lab.as_user("lab.other").post("/keys")).status_code == 403
        async with lab.session("user:7") as session:
            assert (await session.execute(text("SELECT current_setting('app.actor')"))).scalar_one()
