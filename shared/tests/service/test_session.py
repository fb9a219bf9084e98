"""One transaction per request: committed before the answer, replayed by key, nothing half done."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import text

from shared.database import AsyncSession
from shared.service import create_service
from shared.session import TransactionRoute
from shared.settings import ServiceSettings
from shared.tests.service.lab import METADATA, SPEC
from tests.support.services import ServiceUnderTest
from tests.support.services import settings_for as plain_settings

WRITE, READ = "lab.note.write", "lab.note.read"


@pytest.fixture
async def lab(scratch: Callable[..., Any]) -> AsyncIterator[ServiceUnderTest]:
    database = scratch("lab_service", METADATA)
    settings: ServiceSettings = plain_settings("platform").model_copy(
        update={
            "context": "masterdata",
            "database_url": database.app_url,
            "owner_database_url": database.owner_url,
            "pool_size": 8,
        }
    )
    app = create_service(SPEC, settings)
    transport = httpx.ASGITransport(app)
    async with AsyncExitStack() as clients, app.router.lifespan_context(app):
        yield ServiceUnderTest(settings, app, "http://test", transport, clients)


async def rows(lab: ServiceUnderTest, table: str) -> int:
    async with AsyncSession(lab.engine) as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_an_accepted_command_is_committed_before_its_answer(lab: ServiceUnderTest) -> None:
    """The commit is made to fail: who got 201 would believe in a note that is not there."""
    writer = lab.as_user(WRITE)
    owner_sql = """
    CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'too late' USING ERRCODE = '58000'; END $$;
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION fail_late();
    """
    await as_owner(lab, owner_sql)
    try:
        answer = await writer.post("/notes", json={"text": "late"})
    finally:
        await as_owner(lab, "DROP TRIGGER late ON note; DROP FUNCTION fail_late()")
    assert answer.status_code == 503
    assert await rows(lab, "note") == 0
    assert await rows(lab, "outbox") == 0


async def as_owner(lab: ServiceUnderTest, sql: str) -> None:
    import psycopg

    url = lab.settings.owner_database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(sql.encode())


async def test_a_refusal_leaves_nothing_behind(lab: ServiceUnderTest) -> None:
    answer = await lab.as_user(WRITE).post("/notes", json={"text": "x", "refuse": True})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/not-wanted"
    assert (await rows(lab, "note"), await rows(lab, "outbox")) == (0, 0)


async def test_titles_come_in_the_language_asked_for(lab: ServiceUnderTest) -> None:
    client = lab.as_user(WRITE)
    body = {"text": "x", "refuse": True}
    spoken = {
        tag: (await client.post("/notes", json=body, headers={"Accept-Language": tag})).json()
        for tag in ("zh-CN,zh;q=0.9,en;q=0.1", "en-US")
    }
    titles = [answer["title"] for answer in spoken.values()]
    assert titles == ["不接受此内容", "This note is not wanted"]
    assert all(answer["lifted_by"] for answer in spoken.values())


async def test_the_same_key_is_answered_once_and_replayed(lab: ServiceUnderTest) -> None:
    client, headers = lab.as_user(WRITE), {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(
        *(client.post("/notes", json={"text": "once"}, headers=headers) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotency-hit" in answer.headers for answer in answers) == 4
    assert (await rows(lab, "note"), await rows(lab, "outbox")) == (1, 2)


async def test_the_same_key_with_another_body_is_refused(lab: ServiceUnderTest) -> None:
    client, headers = lab.as_user(WRITE), {"Idempotency-Key": "k2"}
    assert (await client.post("/notes", json={"text": "a"}, headers=headers)).status_code == 201
    answer = await client.post("/notes", json={"text": "b"}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")


async def test_a_key_belongs_to_one_person(lab: ServiceUnderTest) -> None:
    from uuid import uuid4

    headers = {"Idempotency-Key": "k3"}
    for name in ("a", "b"):
        client = lab.as_user(WRITE, user_id=uuid4())
        assert (await client.post("/notes", json={"text": name}, headers=headers)).is_success
    assert await rows(lab, "note") == 2


async def test_events_are_counted_gapless_per_aggregate(lab: ServiceUnderTest) -> None:
    answer = await lab.as_user(WRITE).post("/notes", json={"text": "told"})
    assert answer.headers["mailuo-position"].startswith("masterdata:")
    async with AsyncSession(lab.engine) as session:
        found = await session.execute(text("SELECT sequence FROM outbox ORDER BY position"))
        assert list(found.scalars()) == [1, 2]


async def test_a_command_takes_two_platform_statements(lab: ServiceUnderTest) -> None:
    client = lab.as_user(WRITE)
    await client.post("/notes", json={"text": "warm"})
    with lab.counted() as statements:
        headers = {"Idempotency-Key": "k4"}
        answer = await client.post("/notes", json={"text": "counted"}, headers=headers)
    assert answer.status_code == 201
    assert len(statements) == 3, "\n".join(statements)  # claim, the note itself, outbox + answer


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": "x", "txet": 1}, "/txet"),
        ({"text": "x\x00"}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": "x", "quantity": "-1"}, "/quantity"),
        ({"text": "x", "quantity": "1.0000001"}, "/quantity"),
        ({"text": "x", "quantity": "1e999999"}, "/quantity"),
        ({"text": "x", "quantity": "NaN"}, "/quantity"),
    ],
)
async def test_bad_input_names_its_place(
    lab: ServiceUnderTest, body: dict[str, Any], pointer: str
) -> None:
    answer = await lab.as_user(WRITE).post("/notes", json=body)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await rows(lab, "note") == 0


async def test_a_taken_value_is_a_conflict_and_no_fault(lab: ServiceUnderTest) -> None:
    client = lab.as_user(WRITE)
    await client.post("/notes", json={"text": "unique"})
    answer = await client.post("/notes", json={"text": "unique"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/already-there")


async def test_nobody_enters_without_token_or_permission(lab: ServiceUnderTest) -> None:
    async with httpx.AsyncClient(transport=lab.transport, base_url="http://test") as stranger:
        answer = await stranger.post("/notes", json={"text": "x"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    answer = await lab.as_user(READ).post("/notes", json={"text": "x"})
    assert (answer.status_code, answer.json()["permission"]) == (403, WRITE)


async def test_a_token_for_another_service_is_refused(lab: ServiceUnderTest) -> None:
    from shared.auth import mint
    from tests.support.services import COMPANY, private_key

    for issuer, audience, subject in (
        ("gateway", "sales", "user:1"),  # wrong audience
        ("sales", "masterdata", "user:1"),  # a service may not speak for a person
        ("sales", "masterdata", "service:finance"),  # nor for another service
    ):
        token = mint(
            private_key(issuer),
            issuer=issuer,
            subject=subject,
            audience=audience,
            company_id=COMPANY,
            permissions=[WRITE],
        )
        client = lab.as_user(WRITE)
        client.headers["Authorization"] = f"Bearer {token}"
        assert (await client.post("/notes", json={"text": "x"})).status_code == 401


async def test_unknown_addresses_and_methods_are_problems(lab: ServiceUnderTest) -> None:
    client = lab.as_user(READ)
    assert (await client.get("/nowhere")).json()["type"] == "/problems/no-such-page"
    assert (await client.delete("/notes")).json()["type"] == "/problems/not-allowed-here"


async def test_probes_and_figures_are_open(lab: ServiceUnderTest) -> None:
    async with httpx.AsyncClient(transport=lab.transport, base_url="http://test") as stranger:
        assert (await stranger.get("/health/live")).status_code == 200
        assert (await stranger.get("/health/ready")).json()["checks"] == {"database": "ok"}
        assert "mailuo_requests_total" in (await stranger.get("/metrics")).text


async def test_the_trace_goes_from_the_caller_into_the_event(lab: ServiceUnderTest) -> None:
    parent = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
    client = lab.as_user(WRITE)
    await client.post("/notes", json={"text": "traced"}, headers={"traceparent": parent})
    async with AsyncSession(lab.engine) as session:
        found = await session.execute(text("SELECT DISTINCT traceparent FROM outbox"))
        assert list(found.scalars()) == [parent]


def test_a_route_without_a_permission_stops_the_assembly() -> None:
    """The guard was once blind to included routers: it is seen to fail here."""
    open_door = APIRouter(route_class=TransactionRoute)

    @open_door.get("/open")
    async def show_everything() -> str:
        return "everything"

    spec = dataclasses.replace(SPEC, routers=(open_door,))
    with pytest.raises(AssertionError, match="/open asks for no permission"):
        create_service(spec, plain_settings("platform"))


async def test_the_description_says_each_operations_permissions(lab: ServiceUnderTest) -> None:
    described = lab.app.openapi()["paths"]
    assert described["/notes"]["post"]["x-permissions"] == [WRITE]
    assert described["/sagas"]["get"]["x-permissions"] == ["masterdata.saga.read"]
