"""The short way to the driver: the same answers, errors and transactions as the long one."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from shared.database import AsyncSession, each_alone
from shared.direct import prepared, spelt
from shared.platform_tables import ConsumerPosition

HEARD = text("INSERT INTO inbox (consumer, event_id, heard_at) VALUES (:who, :id, now())")
OF = prepared(
    select(ConsumerPosition)
    .where(
        col(ConsumerPosition.consumer) == bindparam("who"),
        col(ConsumerPosition.source).in_(bindparam("sources", expanding=True)),
    )
    .order_by(col(ConsumerPosition.source))
)


@pytest.fixture
def engine(database: Callable[[str], AsyncEngine]) -> AsyncEngine:
    return database("platform")


async def test_rows_have_names_values_and_a_count(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        asked = text("SELECT CAST(:a AS uuid) AS id, 'a:b' AS word, CAST(:a AS uuid) AS again")
        row = (await session.execute(asked, {"a": UUID(int=7)})).one()
        assert (row.id, row.word, row.again) == (UUID(int=7), "a:b", UUID(int=7))
        told = await session.execute(HEARD, {"who": "one", "id": uuid4()})
        assert getattr(told, "rowcount", 0) == 1


async def test_a_breach_is_sqlalchemys_and_undoes_the_transaction(engine: AsyncEngine) -> None:
    id = uuid4()
    with pytest.raises(IntegrityError):
        await twice(engine, id)
    async with AsyncSession(each_alone(engine)) as session:
        count = text("SELECT count(*) FROM inbox WHERE event_id = :id")
        assert (await session.execute(count, {"id": id})).scalar_one() == 0
        with pytest.raises(ProgrammingError):
            await session.execute(text("SELECT nothing FROM nowhere"))
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1


async def twice(engine: AsyncEngine, id: UUID) -> None:
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(HEARD, {"who": "one", "id": id})
        await session.execute(HEARD, {"who": "one", "id": id})


async def test_a_session_goes_on_in_its_next_transaction(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session:
        for number in range(3):
            async with session.begin():
                await session.execute(HEARD, {"who": f"n{number}", "id": UUID(int=number)})
        async with session.begin():
            heard = text("SELECT count(*) FROM inbox WHERE consumer LIKE 'n%'")
            assert (await session.execute(heard)).scalar_one() == 3


async def test_a_question_sees_what_the_session_has_to_write(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        for source in ("a", "b", "c"):
            session.add(ConsumerPosition(consumer="me", source=source, position=1))
        found = await OF.rows(session, {"who": "me", "sources": ["c", "a", "x"]})
        assert [row.source for row in found] == ["a", "c"]
        assert (await OF.rows(session, {"who": "me", "sources": []})).all() == []


def test_one_text_for_lists_of_any_length() -> None:
    assert OF.names == ("who", "sources")
    assert "= ANY($2::VARCHAR[])" in OF.sql
    assert spelt("SELECT :b, :a, :b, '100%'").sql == "SELECT $1, $2, $1, '100%'"
