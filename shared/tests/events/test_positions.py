"""What concerns nobody here is not delivered, and counts as heard all the same."""

# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.

from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.broker import Broker
from shared.contracts.masterdata.events import WorkCentrePublished
from shared.ids import new_id
from shared.positions import Positions
from shared.relay import Relay
from shared.tests.events.lab import (
    HEARER,
    SOURCE,
    STREAM,
    consumer,
    effects,
    scalar,
    supplier,
    tell,
    unsent,
    until,
    working,
)


def work_centre() -> WorkCentrePublished:
    """A fact of the source that the hearer has no reaction to."""
    return WorkCentrePublished(id=new_id(), version=1, code="W1", name="Lab")


async def test_a_source_is_heard_as_far_as_nothing_waits(
    broker: Client,
    source: AsyncEngine,
    source_url: str,
    teller_nc: Broker,
    hearer: AsyncEngine,
    hearer_nc: Broker,
) -> None:
    relay, hears = Relay(source_url, teller_nc, SOURCE), consumer(hearer, hearer_nc)
    positions = Positions(hearer_nc, HEARER)
    await positions.start()
    async with working(relay):
        first = await tell(source, supplier())
        last = await tell(source, work_centre(), work_centre())
        await until(lambda: unsent(source), 0)
        assert await positions.heard({SOURCE: 0}, [hears]) == {SOURCE: 0}, "one event still waits"
        async with working(hears):
            await until(lambda: effects(hearer), (1, 1))
            await until(hears.lag, 0)
            assert await stored(hearer) == first, "the others were never delivered"
            assert await positions.heard({SOURCE: first}, [hears]) == {SOURCE: last}
    delivered = (await broker.jetstream().consumer_info(STREAM, HEARER)).delivered
    assert delivered is not None
    assert delivered.consumer_seq == 1


async def test_without_a_relay_only_what_is_stored_is_known(
    hearer: AsyncEngine, hearer_nc: Broker
) -> None:
    positions = Positions(hearer_nc, HEARER)
    await positions.start()
    assert await positions.heard({SOURCE: 7}, [consumer(hearer, hearer_nc)]) == {SOURCE: 7}


async def stored(hearer: AsyncEngine) -> object:
    return await scalar(hearer, "SELECT position FROM consumer_position")
