"""A service's key may tell its own facts and hear what it declares, and nothing else."""

# pyright: reportUnknownMemberType=false
# nats-py leaves its options without types.

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from shared.streams import HEARD, HEARS, MAX_AGE_SECONDS, declare, permissions

REFUSED = (
    "erp.sales.order_approved.v1",
    "wake.sales",
    "audit.sales",
    "$JS.API.STREAM.PURGE.MASTERDATA",
    "$JS.API.STREAM.DELETE.MASTERDATA",
    "$JS.API.STREAM.MSG.DELETE.MASTERDATA",
    "$JS.API.STREAM.INFO.SALES",
    "$JS.API.STREAM.MSG.GET.SALES",
    "$JS.API.CONSUMER.CREATE.MASTERDATA",
    "$JS.API.CONSUMER.MSG.NEXT.SALES.finance",
)


@pytest.fixture
async def refusals(nats_account: Any, broker: Client) -> AsyncIterator[Any]:
    """A connection as masterdata and what the server denied it."""
    denied: list[Any] = []

    async def note(error: Any) -> None:
        denied.append(str(error).lower())

    nc = await nats.connect(
        nats_account.url,
        nkeys_seed_str=nats_account.seed("masterdata"),
        error_cb=note,
        inbox_prefix="_INBOX.masterdata",
    )
    yield nc, denied
    await nc.close()


@pytest.mark.parametrize("subject", REFUSED)
async def test_publishing_elsewhere_is_refused(refusals: Any, broker: Client, subject: Any) -> None:
    nc, denied = refusals
    await nc.publish(subject, b"{}")
    await nc.flush()
    await asyncio.sleep(0.05)
    assert any("permissions violation for publish" in one for one in denied)


@pytest.mark.parametrize(
    "subject", ["erp.sales.>", "erp.masterdata.>", "_INBOX.sales.>", "wake.sales"]
)
async def test_listening_elsewhere_is_refused(refusals: Any, subject: Any) -> None:
    nc, denied = refusals
    await nc.subscribe(subject)
    await nc.flush()
    await asyncio.sleep(0.05)
    assert any("permissions violation for subscription" in one for one in denied)


async def test_declaring_twice_changes_nothing(broker: Client) -> None:
    await declare(broker)
    streams = {info.config.name: info for info in await broker.jetstream().streams_info()}
    assert len(streams) == len(HEARS) + 1
    assert streams["SALES"].config.max_age == MAX_AGE_SECONDS
    assert streams["MASTERDATA"].state.consumer_count == sum(
        "masterdata" in HEARD.get(context, HEARS[context]) for context in HEARS
    )


def test_no_service_gets_the_whole_api() -> None:
    for context, sources in HEARS.items():
        rights = permissions(context, sources)
        for subject in (*rights["publish"], *rights["subscribe"]):
            assert not subject.startswith("$JS.API.>"), context
            assert context in subject.lower(), subject
