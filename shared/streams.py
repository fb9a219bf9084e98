# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""Who tells on which stream, who hears it, and with which rights: data, applied at deploy.

A service never makes a stream or a durable: an admin identity does, so that the service's own
key needs no right but to tell its facts and to pull what it hears (platform.md 3).
"""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files
from typing import Final

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from shared.settings import SERVICES

HEARS: Final[dict[str, tuple[str, ...]]] = {
    "masterdata": (),
    "procurement": ("masterdata", "production", "quality", "inventory", "finance", "sales"),
    "production": ("masterdata", "inventory", "quality", "procurement", "sales"),
    "quality": ("masterdata", "procurement", "production", "inventory", "sales"),
    "inventory": ("masterdata", "procurement", "production", "quality", "sales"),
    "sales": ("masterdata", "inventory", "production", "quality", "finance"),
    "finance": ("masterdata", "procurement", "inventory", "production", "quality", "sales"),
    "analytics": (
        "masterdata",
        "procurement",
        "production",
        "quality",
        "inventory",
        "sales",
        "finance",
    ),
    "gateway": (
        "masterdata",
        "procurement",
        "production",
        "quality",
        "inventory",
        "sales",
        "finance",
        "analytics",
    ),
}
# What of it concerns whom: the subjects that each context reacts to, by source. Exported from the
# code (`make contracts`). The broker delivers nothing else; the gateway's threads want everything.
HEARD: Final[dict[str, dict[str, list[str]]]] = json.loads(
    files("shared").joinpath("heard.json").read_text(encoding="utf-8")
)
AUDIT_STREAM: Final = "AUDIT"  # anchors of the audit chains, unfenced: every service writes to it
MAX_AGE_SECONDS: Final = 14 * 24 * 3600.0
DUPLICATE_WINDOW_SECONDS: Final = 120.0
ACK_WAIT_SECONDS: Final = 30.0
MAX_ACK_PENDING: Final = 1000
AT_ONCE: Final = 8  # declarations in flight

Rights = dict[str, list[str]]


def stream_of(context: str) -> str:
    """The stream of a context's facts: `inventory` tells on `INVENTORY`."""
    return context.upper()


def subjects_of(context: str) -> str:
    return f"erp.{context}.>"


def wake_subject(context: str) -> str:
    """Outside `erp.>`: a core message there would move the stream's sequence (decision 22)."""
    return f"wake.{context}"


def audit_subject(context: str) -> str:
    return f"audit.{context}"


def permissions(context: str, hears: Collection[str]) -> Rights:
    """Exactly what one service's key may publish and subscribe, and nothing besides.

    Reading JetStream is governed by what may be *published* to its API, so no service ever gets
    `$JS.API.>`: that would let it delete streams and pull what others are to hear.
    """
    own = stream_of(context)
    publish = [
        subjects_of(context),
        wake_subject(context),
        audit_subject(context),
        f"told.{context}.*",
        f"$JS.API.STREAM.INFO.{own}",
        f"$JS.API.STREAM.MSG.GET.{own}",
        f"$JS.API.DIRECT.GET.{own}",
    ]
    for source in sorted(hears):
        stream = stream_of(source)
        publish += [
            f"$JS.API.CONSUMER.INFO.{stream}.{context}",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{context}",
            f"$JS.ACK.{stream}.{context}.>",
            f"ask.{source}.{context}",
        ]
    own_ear = [
        f"_INBOX.{context}.>",
        wake_subject(context),
        f"ask.{context}.*",
        f"told.*.{context}",
    ]
    return {"publish": publish, "subscribe": own_ear}


def stream_config(context: str, replicas: int = 1) -> StreamConfig:
    """One fenced stream per context. Old facts leave after 14 days; the outbox keeps them."""
    return StreamConfig(
        name=stream_of(context),
        subjects=[subjects_of(context)],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=MAX_AGE_SECONDS,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        num_replicas=replicas,
        allow_direct=True,
        deny_delete=True,
    )


def audit_config(replicas: int = 1) -> StreamConfig:
    """Anchors stay for ever: nobody may delete one, and nothing ages out."""
    return StreamConfig(
        name=AUDIT_STREAM,
        subjects=["audit.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        num_replicas=replicas,
        allow_direct=True,
        deny_delete=True,
    )


def durable_config(context: str, subjects: Sequence[str]) -> ConsumerConfig:
    """The place of one context in these subjects of a stream.

    Retries are counted by us, hence no `max_deliver`. Never without subjects: the broker forgets to
    wake a durable whose filter was taken away (nats-server 2.15); the widest is the whole stream.
    """
    return ConsumerConfig(
        durable_name=context,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_ack_pending=MAX_ACK_PENDING,
        max_deliver=-1,
        filter_subjects=list(subjects),
    )


async def declare(
    nc_admin: Client,
    *,
    hears: Mapping[str, Collection[str]] = HEARS,
    heard: Mapping[str, Mapping[str, Sequence[str]]] = HEARD,
    services: Collection[str] = SERVICES,
    replicas: int = 1,
) -> None:
    """Create or update every stream and durable. Repeating it changes nothing.

    A context that stands in `heard` gets what stands there, and no durable where nothing does.
    A durable begins at the first message that its stream still holds. Raises what the broker
    answers; what was declared before then stands.
    """
    js = nc_admin.jetstream()
    turns = asyncio.Semaphore(AT_ONCE)

    async def stream(config: StreamConfig) -> None:
        async with turns:
            await create_or_update(js, config)

    async def durable(context: str, source: str) -> None:
        whole = [subjects_of(source)]
        if subjects := heard[context].get(source) if context in heard else whole:
            async with turns:
                await js.add_consumer(stream_of(source), durable_config(context, subjects))

    configs = [stream_config(context, replicas) for context in services]
    await asyncio.gather(*(stream(config) for config in (*configs, audit_config(replicas))))
    await asyncio.gather(*(durable(who, source) for who in hears for source in hears[who]))


async def create_or_update(js: JetStreamContext, config: StreamConfig) -> None:
    try:
        await js.update_stream(config)
    except NotFoundError:
        await js.add_stream(config)
