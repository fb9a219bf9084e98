"""Consumers: every event takes effect once; poison, lost connections and redelivery included."""

import asyncio
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, Never

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.broker import Broker
from shared.clock import Clock
from shared.contracts.masterdata.events import RatePublished, SupplierPublished
from shared.database import AsyncSession
from shared.events import Consumer, react_to
from shared.feed import catch_up, feed
from shared.ids import new_id
from shared.outbox import TOLD, record
from shared.tests.events.lab import (
    COMPANY,
    HEARER,
    REACTIONS,
    SOURCE,
    consumer,
    effects,
    keep,
    scalar,
    supplier,
    until,
    working,
)


class DiesBeforeAck(Consumer):
    """Killed between commit and acknowledgement: the broker delivers everything again."""

    async def _acknowledge(self, heard: Any) -> Never:
        for one in heard:
            await one.message.nak()
        raise asyncio.CancelledError


async def test_two_thousand_events_survive_kills_between_commit_and_ack(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    await told(n=2000)
    for _ in range(5):
        dying = DiesBeforeAck(hearer, hearer_nc, HEARER, SOURCE, REACTIONS, Clock())
        with suppress(asyncio.CancelledError):
            await dying.run()
    assert (await effects(hearer))[0] > 0
    one, two = consumer(hearer, hearer_nc), consumer(hearer, hearer_nc)
    async with working(one, two):
        await until(lambda: effects(hearer), (2000, 2000))
        await until(one.lag, 0)
    assert await scalar(hearer, "SELECT count(*) FROM inbox") == 2000
    audited = f"SELECT count(*) FROM audit WHERE actor = 'service:{HEARER}'"
    assert await scalar(hearer, audited) == 2000
    assert await scalar(hearer, "SELECT position FROM consumer_position") == 2000


async def test_a_batch_costs_few_statements(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker, statements: Any
) -> None:
    await told(n=100)
    with statements(hearer) as seen:
        async with working(consumer(hearer, hearer_nc)):
            await until(lambda: asyncio.sleep(0, sum("effect" in one for one in seen)), wanted=100)
            await asyncio.sleep(0.3)
    platform = [one for one in seen if "effect" not in one]
    assert len(platform) <= 10, platform  # two or three batches at most
    assert sum("set_config" in one for one in platform) <= 3  # one cause: said with the inbox


async def test_what_one_command_told_is_answered_together(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    sizes: list[Any] = []

    async def one_by_one(session: Any, event: Any, envelope: Any) -> None:
        sizes.append(1)

    async def together(session: Any, events: Any) -> None:
        sizes.append(len(events))

    await told(n=100)
    worker = consumer(hearer, hearer_nc, (react_to(SupplierPublished, one_by_one, together),))
    async with working(worker):
        await until(worker.lag, 0)
    assert sum(sizes) == 100
    assert len(sizes) <= 10, sizes  # batches, not events
    assert await scalar(hearer, "SELECT count(*) FROM inbox") == 100


async def test_one_poisonous_event_does_not_stop_the_others(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    events = [supplier(code="BAD" if n == 50 else "S1") for n in range(100)]
    await told(*events)
    async with working(consumer(hearer, hearer_nc)):
        await until(lambda: effects(hearer), (99, 99))
        await until(lambda: scalar(hearer, "SELECT count(*) FROM dead_letter"), 1)
        await until(lambda: scalar(hearer, "SELECT count(*) FROM delivery_failure"), 0)
    async with hearer.connect() as connection:
        letter = (await connection.execute(text("SELECT * FROM dead_letter"))).one()
    assert letter.tries == 8
    assert letter.error == "RuntimeError: poison"
    assert letter.envelope["data"]["id"] == str(events[50].id)


async def test_a_failure_that_passes_leaves_no_trace(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    tries: list[Any] = []

    async def third_time(session: Any, event: Any, envelope: Any) -> None:
        tries.append(envelope.id)
        if len(tries) < 4:  # the batch, then alone twice
            raise RuntimeError("not yet")
        await keep(session, event, envelope)

    await told(supplier())
    async with working(consumer(hearer, hearer_nc, (react_to(SupplierPublished, third_time),))):
        await until(lambda: effects(hearer), (1, 1))
        await until(lambda: scalar(hearer, "SELECT count(*) FROM delivery_failure"), 0)
    assert await scalar(hearer, "SELECT count(*) FROM dead_letter") == 0


async def test_lost_connections_and_locks_are_never_counted(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    tries: list[Any] = []

    async def killed(session: Any, event: Any, envelope: Any) -> None:
        tries.append(envelope.id)
        connection = await session.connection()
        if len(tries) <= 12:
            state = "40P01" if len(tries) % 2 else "57P01"
            await connection.execute(
                text(f"DO $$ BEGIN RAISE 'lost' USING ERRCODE = '{state}'; END $$")
            )
        await keep(session, event, envelope)

    await told(supplier())
    async with working(consumer(hearer, hearer_nc, (react_to(SupplierPublished, killed),))):
        await until(lambda: effects(hearer), (1, 1))
    assert len(tries) >= 13
    assert await scalar(hearer, "SELECT count(*) FROM delivery_failure") == 0
    assert await scalar(hearer, "SELECT count(*) FROM dead_letter") == 0


async def test_events_without_reaction_only_move_the_position(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    await told(n=10)
    hears_nothing = consumer(hearer, hearer_nc, ())
    async with working(hears_nothing):
        await until(lambda: scalar(hearer, "SELECT position FROM consumer_position"), 10)
        await until(hears_nothing.lag, 0)
    assert await scalar(hearer, "SELECT count(*) FROM inbox") == 0


async def test_what_a_reaction_tells_carries_on_company_and_trace(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    woken: list[Any] = []

    async def answer(session: Any, event: Any, envelope: Any) -> None:
        record(session, event)

    await told(supplier())
    worker = consumer(
        hearer, hearer_nc, (react_to(SupplierPublished, answer),), on_commit=woken.append
    )
    async with working(worker):
        await until(lambda: scalar(hearer, "SELECT count(*) FROM outbox"), 1)
        await until(worker.lag, 0)
    async with hearer.connect() as connection:
        row = (await connection.execute(text("SELECT * FROM outbox"))).one()
    assert (row.actor, row.company_id, row.traceparent) == ("user:lab", COMPANY, "00-ab-cd-01")
    assert [session.info[TOLD] for session in woken] == [True]


async def test_a_read_model_is_rebuilt_from_the_feed(
    source: AsyncEngine, told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    await told(n=250)
    worker = consumer(hearer, hearer_nc)
    async with working(worker):
        await until(lambda: effects(hearer), (250, 250))

    async def fetch(after: Any, limit: Any) -> Any:
        async with AsyncSession(source) as session:
            return await feed(session, SOURCE, after, limit)

    assert await catch_up(worker, fetch, 0, limit=100) == 250
    assert await effects(hearer) == (250, 250)  # the inbox knows them all
    async with hearer.begin() as connection:
        await connection.execute(text("DELETE FROM inbox"))
    assert await catch_up(worker, fetch, 200, limit=100) == 250
    assert await effects(hearer) == (300, 250)  # forgotten and heard again from position 200 on


async def test_what_nobody_waits_for_waits_for_what_somebody_does(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker, monkeypatch: Any
) -> None:
    monkeypatch.setattr("shared.events.GATHER_SECONDS", 60.0)
    commits: list[Any] = []
    noticed: list[Any] = []

    async def notice(session: Any, event: Any, envelope: Any) -> None:
        noticed.append(event)

    reactions = (react_to(SupplierPublished, keep, patient=True), react_to(RatePublished, notice))
    worker = consumer(hearer, hearer_nc, reactions, on_commit=commits.append)
    async with working(worker):
        for _ in range(3):
            await told(supplier())
        await asyncio.sleep(0.3)
        assert await effects(hearer) == (0, 0)
        assert await worker.lag() == 3  # a position that they stand behind is not yet reached
        await told(
            RatePublished(
                id=new_id(), version=1, currency="USD", day=date(2026, 1, 1), rate=Decimal(7)
            )
        )
        await until(lambda: effects(hearer), (3, 3))
        await until(worker.lag, 0)
    assert len(commits) == 1
    assert len(noticed) == 1


async def test_what_is_patient_is_answered_together_whoever_caused_it(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    sizes: list[int] = []

    async def one_by_one(session: Any, event: Any, envelope: Any) -> None:
        sizes.append(1)

    async def together(session: Any, events: Any) -> None:
        sizes.append(len(events))

    for trace in ("00-ab-cd-01", "00-ef-cd-01"):
        await told(supplier(), supplier(), trace=trace)
    reaction = react_to(SupplierPublished, one_by_one, together, patient=True)
    worker = consumer(hearer, hearer_nc, (reaction,))
    async with working(worker):
        await until(worker.lag, 0)
    assert sizes == [4]


async def test_what_waits_is_not_left_behind(
    told: Any, hearer: AsyncEngine, hearer_nc: Broker, monkeypatch: Any
) -> None:
    """Neither for ever, nor by a consumer that is asked to stop."""
    reactions = (react_to(SupplierPublished, keep, patient=True),)
    async with working(consumer(hearer, hearer_nc, reactions)):
        await told(supplier())
        await until(lambda: effects(hearer), (1, 1))
    monkeypatch.setattr("shared.events.GATHER_SECONDS", 60.0)
    async with working(worker := consumer(hearer, hearer_nc, reactions)):
        await told(supplier(2))
        await until(worker.lag, 1)
        await asyncio.sleep(0.3)
    assert await effects(hearer) == (2, 2)
    assert await worker.lag() == 0
