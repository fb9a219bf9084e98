"""Dead letters: retried once, discarded with a note, settled by one person."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
from typing import Any
from uuid import UUID

import pytest
from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import dead_letters
from shared.broker import Broker
from shared.contracts.masterdata.events import SupplierPublished
from shared.database import AsyncSession
from shared.dead_letters import (
    DeadLetterSettled,
    DeadLetterUnreadable,
    DiscardNoteMissing,
    NoSuchDeadLetter,
)
from shared.events import react_to
from shared.ids import new_id
from shared.outbox import Teller
from shared.tests.events.lab import (
    COMPANY,
    HEARER,
    REACTIONS,
    consumer,
    effects,
    keep,
    scalar,
    supplier,
    until,
    working,
)


def acting(engine: Any) -> Any:
    session = AsyncSession(engine, expire_on_commit=False)
    session.info["teller"] = Teller(HEARER, "user:op", COMPANY)
    return session


async def buried(told: Any, hearer: Any, hearer_nc: Any) -> UUID:
    await told(supplier(code="BAD"))
    async with working(consumer(hearer, hearer_nc)):
        await until(lambda: scalar(hearer, "SELECT count(*) FROM dead_letter"), 1)
    return UUID(str(await scalar(hearer, "SELECT id FROM dead_letter")))


async def mended(session: Any, event: Any, envelope: Any) -> None:
    await keep(session, event.model_copy(update={"code": "S1"}), envelope)


async def test_a_message_that_is_no_event_becomes_a_dead_letter(
    broker: Client, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    await broker.jetstream().publish("erp.masterdata.supplier_published.v1", b"\xff{")
    async with working(consumer(hearer, hearer_nc)):
        await until(lambda: scalar(hearer, "SELECT count(*) FROM dead_letter"), 1)
    id = await scalar(hearer, "SELECT id FROM dead_letter")
    async with acting(hearer) as session:
        with pytest.raises(DeadLetterUnreadable):
            await dead_letters.retry(session, HEARER, REACTIONS, id, "user:op")


async def test_a_dead_letter_is_retried_once(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    id = await buried(told, hearer, hearer_nc)
    async with acting(hearer) as session, session.begin():
        assert [letter.id for letter in await dead_letters.list_waiting(session)] == [id]
    async with acting(hearer) as session:
        with pytest.raises(RuntimeError, match="poison"):
            await dead_letters.retry(session, HEARER, REACTIONS, id, "user:op")
    better = (react_to(SupplierPublished, mended),)
    async with acting(hearer) as session, session.begin():
        shown = await dead_letters.retry(session, HEARER, better, id, "user:op")
    assert (shown.state, shown.settled_by) == ("retried", "user:op")
    async with acting(hearer) as session:
        assert await dead_letters.list_waiting(session) == []
        with pytest.raises(DeadLetterSettled):
            await dead_letters.retry(session, HEARER, better, id, "user:op")
        with pytest.raises(NoSuchDeadLetter):
            await dead_letters.retry(session, HEARER, better, new_id(), "user:op")
    assert await effects(hearer) == (1, 1)


async def test_two_people_settle_a_dead_letter_once(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    id = await buried(told, hearer, hearer_nc)

    async def settle(by: Any) -> None:
        async with acting(hearer) as session, session.begin():
            await dead_letters.retry(
                session, HEARER, (react_to(SupplierPublished, mended),), id, by
            )

    outcomes = await asyncio.gather(settle("user:a"), settle("user:b"), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "DeadLetterSettled",
        "NoneType",
    ]
    assert await effects(hearer) == (1, 1)


async def test_a_dead_letter_is_discarded_with_a_note(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    id = await buried(told, hearer, hearer_nc)
    async with acting(hearer) as session:
        with pytest.raises(DiscardNoteMissing):
            await dead_letters.discard(session, id, " ", "user:op")
    async with acting(hearer) as session, session.begin():
        shown = await dead_letters.discard(session, id, "told twice by mistake", "user:op")
    assert (shown.state, shown.note) == ("discarded", "told twice by mistake")
    assert await effects(hearer) == (0, 0)
