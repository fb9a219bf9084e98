"""The relay: nothing lost, nothing doubled, nothing reordered, whoever dies when."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
import itertools
import math
import shutil
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.credentials import make_nkey_seed, public_nkey
from deploy.local.nats import NatsConfig, NatsUser, start_nats
from shared.broker import Broker, connect
from shared.relay import Relay
from shared.streams import declare, stream_config
from shared.tests.events.conftest import settings
from shared.tests.events.lab import (
    SOURCE,
    STREAM,
    flood,
    in_stream,
    supplier,
    tell,
    unsent,
    until,
    working,
)


class DiesBeforeMark(Relay):
    """Killed between publish and mark, every so often."""

    deaths = 0

    async def _mark(self, connection: Any, sent: Any) -> None:
        if sent and DiesBeforeMark.deaths < 6:
            DiesBeforeMark.deaths += 1
            raise asyncio.CancelledError
        await super()._mark(connection, sent)


class Unfenced(Relay):
    """The planted fault: publishes without saying what it follows."""

    def _headers(self, row: Any, expected: Any) -> Any:
        headers = super()._headers(row, expected)
        del headers["Nats-Expected-Last-Sequence"]
        return headers


def assert_in_order(envelopes: Any) -> None:
    """Each aggregate's events stand in the stream by their gapless numbers, once each."""
    by_aggregate = sorted(envelopes, key=lambda one: one.subject)  # stable: keeps the order
    for _, group in itertools.groupby(by_aggregate, key=lambda one: one.subject):
        numbers = [one.sequence for one in group]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_two_thousand_events_survive_kills_between_publish_and_mark(
    source: AsyncEngine, source_url: str, broker: Client, teller_nc: Broker
) -> None:
    DiesBeforeMark.deaths = 0
    await flood(source, 2000, size=200)
    while await unsent(source):
        relay = DiesBeforeMark(source_url, teller_nc, SOURCE)
        task = asyncio.create_task(relay.run())
        await asyncio.wait({task}, timeout=1.5)  # until it dies, or has sent all
        task.cancel()
        await asyncio.wait({task})
    assert DiesBeforeMark.deaths == 6
    stored = await in_stream(broker)
    assert len(stored) == 2000
    assert_in_order(stored)


async def test_a_wake_carries_an_event_at_once_and_the_follower_takes_over(
    source: AsyncEngine, source_url: str, broker: Client, teller_nc: Broker
) -> None:
    first, second = (Relay(source_url, teller_nc, SOURCE) for _ in range(2))
    async with working(first, second):
        await until(lambda: sees(first.leading + second.leading), 1)
        leader, follower = (first, second) if first.leading else (second, first)
        await tell(source, supplier())
        follower.wake()  # another replica's commit: it tells the leader over NATS
        await until(lambda: unsent(source), 0, seconds=0.5)
        await leader.stop()
        await until(lambda: sees(follower.leading), wanted=True, seconds=5)
        await tell(source, supplier())
        follower.wake()
        await until(lambda: unsent(source), 0)
        assert (await follower.lag()).pending == 0
    assert len(await in_stream(broker)) == 2
    assert (await follower.lag()).age == math.inf  # stopped: it knows nothing


async def sees(value: Any) -> Any:
    return value


@pytest.mark.parametrize(("kind", "holds"), [(Relay, True), (Unfenced, False)])
async def test_a_leader_that_was_paused_and_replaced_cannot_write(
    source: AsyncEngine, source_url: str, broker: Client, teller_nc: Broker, kind: Any, holds: Any
) -> None:
    """Without the fence this very test fails: `Unfenced` writes its stale batch a second time."""
    await broker.jetstream().delete_stream(STREAM)
    config = stream_config(SOURCE)
    config.duplicate_window = 0.1  # a pause longer than the window, without the waiting
    await broker.jetstream().add_stream(config)

    gate, waiting = asyncio.Event(), asyncio.Event()

    class Paused(kind):  # type: ignore[misc]  # one of two relays
        async def _send(self, row: Any, expected: Any) -> Any:
            waiting.set()
            await gate.wait()
            return await kind._send(self, row, expected)

    await flood(source, 50)
    paused, fresh = Paused(source_url, teller_nc, SOURCE), Relay(source_url, teller_nc, SOURCE)
    async with working(paused):
        await waiting.wait()
        async with source.begin() as connection:  # its session ends, and the lock with it
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'relay' AND datname = current_database()"
                )
            )
        async with working(fresh):
            await until(lambda: unsent(source), 0)
            await asyncio.sleep(0.3)
            gate.set()
            await asyncio.sleep(0.5)
            await tell(source, supplier())
            fresh.wake()
            await until(lambda: unsent(source), 0)
    assert (len(await in_stream(broker)) == 51) is holds


async def test_what_a_rolled_back_stream_lost_goes_again(
    source: AsyncEngine, source_url: str, tmp_path: Path
) -> None:
    """The broker comes back with an older copy of its store, as after a power cut."""
    seeds = {name: make_nkey_seed() for name in ("admin", SOURCE)}
    users = [NatsUser(name, public_nkey(seed)) for name, seed in seeds.items()]
    config = NatsConfig({"LAB": users}, sync_interval="always")
    server = start_nats(tmp_path, config=config)
    store, copy = tmp_path / "nats" / "store", tmp_path / "copy"
    admin = await nats.connect(server.url, nkeys_seed_str=seeds["admin"])
    await declare(admin)
    nc = await connect(settings(SOURCE, server.url, seeds[SOURCE]))
    try:
        relay = Relay(source_url, nc, SOURCE)
        async with working(relay):
            await flood(source, 300)
            await until(lambda: unsent(source), 0)
            server.stop()
            shutil.copytree(store, copy)
            server = start_nats(tmp_path, server.port, config)
            await flood(source, 400)
            relay.wake()
            await until(lambda: unsent(source), 0)
            server.stop()
            shutil.rmtree(store)
            shutil.copytree(copy, store)
            server = start_nats(tmp_path, server.port, config)
            await until(lambda: length(admin), 700)
        stored = await in_stream(admin)
        assert len(stored) == 700
        assert_in_order(stored)
    finally:
        await nc.close()
        await admin.close()
        server.stop()


async def length(nc: Any) -> Any:
    try:
        return (await nc.jetstream().stream_info(STREAM)).state.messages
    except NatsError:
        return -1


async def test_a_stream_that_was_lost_whole_is_filled_again(
    source: AsyncEngine, source_url: str, broker: Client, teller_nc: Broker
) -> None:
    relay = Relay(source_url, teller_nc, SOURCE)
    async with working(relay):
        await flood(source, 300)
        await until(lambda: unsent(source), 0)
        await broker.jetstream().delete_stream(STREAM)
        await declare(broker)
        await tell(source, supplier())
        relay.wake()
        await until(lambda: length(broker), 301)
    assert_in_order(await in_stream(broker))


async def test_without_the_right_to_publish_the_relay_keeps_trying(
    source: AsyncEngine, source_url: str, broker: Client, hearer_nc: Broker
) -> None:
    relay = Relay(source_url, hearer_nc, SOURCE)  # procurement's key on masterdata's subjects
    async with working(relay):
        await tell(source, supplier())
        await asyncio.sleep(1)
        assert (await relay.lag()).pending == 1
    assert await in_stream(broker) == []
