"""Reconciling finds what was planted, repairs it, and is silent when all agree."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
from typing import Any

from nats.aio.client import Client
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.broker import Broker
from shared.contracts.masterdata.events import SupplierPublished
from shared.ids import new_id
from shared.reconcile import content_of, reconcile
from shared.relay import Relay
from shared.streams import stream_config
from shared.tests.events.lab import (
    HEARER,
    SOURCE,
    STREAM,
    consumer,
    effects,
    flood,
    unsent,
    until,
    working,
)

REACTS = {HEARER: {SupplierPublished.subject}}


async def test_losses_are_found_and_repaired_and_orphans_are_listed(
    source: AsyncEngine,
    source_url: str,
    hearer: AsyncEngine,
    teller_nc: Broker,
    hearer_nc: Broker,
    broker: Client,
) -> None:
    services = {SOURCE: source, HEARER: hearer}
    config = stream_config(SOURCE)
    config.duplicate_window = 0.1
    await broker.jetstream().update_stream(config)
    relay = Relay(source_url, teller_nc, SOURCE)
    async with working(relay, consumer(hearer, hearer_nc)):
        await flood(source, 300)
        relay.wake()
        await until(lambda: unsent(source), 0)
        await until(lambda: effects(hearer), (300, 300))
        await asyncio.sleep(0.2)
        assert all(report.sound for report in await reconcile(services, broker, REACTS))

        stray = new_id()
        await broker.jetstream().publish(
            "erp.masterdata.strange.v1", b"{}", headers={"Nats-Msg-Id": str(stray)}
        )
        victims = list((await content_of(broker, SOURCE)).places)[10:13]
        async with hearer.begin() as connection:  # as after a restore of the consumer alone
            await connection.execute(text("SELECT set_config('app.actor', 'user:op', true)"))
            await connection.execute(
                text("DELETE FROM inbox WHERE event_id = ANY(:ids)"), {"ids": victims}
            )
        found, _ = await reconcile(services, broker, REACTS, repair=True)
        assert (found.in_outbox, found.in_stream) == (300, 301)
        assert (found.lost, found.orphans, found.twice) == ([], [stray], [])
        assert sorted(found.unheard[HEARER]) == sorted(victims)
        assert found.requeued == 3
        relay.wake()
        await until(lambda: effects(hearer), (303, 300))  # heard again: the inbox forgot them
        after, _ = await reconcile(services, broker, REACTS)
        assert sorted(after.twice) == sorted(victims)  # told, and no difference


async def test_what_left_the_stream_goes_again(
    source: AsyncEngine, source_url: str, broker: Client, teller_nc: Broker
) -> None:
    relay = Relay(source_url, teller_nc, SOURCE)
    async with working(relay):
        await flood(source, 20)
        relay.wake()
        await until(lambda: unsent(source), 0)
    config = stream_config(SOURCE)
    await broker.jetstream().delete_stream(STREAM)
    config.deny_delete, config.duplicate_window = False, 0.1
    await broker.jetstream().add_stream(config)
    async with working(relay := Relay(source_url, teller_nc, SOURCE)):
        await until(lambda: unsent(source), 0)
        await until(lambda: stored(broker), 20)
        await broker.jetstream().delete_msg(STREAM, 7)
        await asyncio.sleep(0.2)
        (found,) = await reconcile({SOURCE: source}, broker, {}, repair=True)
        assert (len(found.lost), found.requeued) == (1, 1)
        relay.wake()
        await until(lambda: stored(broker), 20)
    (found,) = await reconcile({SOURCE: source}, broker, {})
    assert found.sound


async def stored(nc: Any) -> Any:
    return len((await content_of(nc, SOURCE)).places)
