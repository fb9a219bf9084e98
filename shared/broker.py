# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""The connection to NATS: it outlives the broker's restarts, and says so at once when it drops."""

import asyncio
import logging
from collections.abc import Mapping

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import PubAck

from shared.settings import ServiceSettings

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.25
CONNECT_SECONDS = 5
FOR_EVER = -1


class Disconnected(Exception):
    """The connection dropped while publishes waited for their acknowledgement.

    They may or may not stand in the stream: the relay looks before it publishes again.
    """


class Broker(Client):
    """A NATS client that fails its unanswered publishes when the connection drops.

    Without that a relay waits out the whole publish timeout after each restart of the broker.
    """

    def __init__(self) -> None:
        super().__init__()
        self._unanswered: set[asyncio.Future[PubAck]] = set()
        self._streams: JetStreamContext | None = None

    @property
    def streams(self) -> JetStreamContext:
        """The JetStream side of this connection, made once: each context subscribes an inbox."""
        if self._streams is None:
            self._streams = self.jetstream(timeout=CONNECT_SECONDS)
        return self._streams

    async def send(
        self, subject: str, payload: bytes, headers: Mapping[str, str]
    ) -> asyncio.Future[PubAck]:
        """Publish to a stream without waiting; the future holds the acknowledgement or fails."""
        future = await self.streams.publish_async(subject, payload, headers=dict(headers))
        self._unanswered.add(future)
        future.add_done_callback(self._unanswered.discard)
        return future

    async def dropped(self) -> None:
        """Fail whatever waits for an acknowledgement that cannot come any more."""
        for future in tuple(self._unanswered):
            if not future.done():
                future.set_exception(Disconnected())


async def connect(settings: ServiceSettings) -> Broker:
    """The service's connection, by nkey or by user and password. Waits until the broker is there.

    Reconnects for ever. A refused right arrives in the log as an error of this connection: the
    publish itself only times out.
    """
    context = settings.context
    broker = Broker()

    async def on_error(error: Exception) -> None:
        log.warning("nats %s: %s", context, error or type(error).__name__)

    async def on_drop() -> None:
        log.warning("nats %s: connection lost", context)
        await broker.dropped()

    async def on_return() -> None:
        log.info("nats %s: connected again", context)

    await broker.connect(
        settings.nats_url,
        name=f"mailuo-{context}",
        error_cb=on_error,
        disconnected_cb=on_drop,
        reconnected_cb=on_return,
        connect_timeout=CONNECT_SECONDS,
        reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]  # seconds, floats work
        max_reconnect_attempts=FOR_EVER,
        inbox_prefix=f"_INBOX.{context}",
        nkeys_seed_str=settings.nats_seed or None,
        user=settings.nats_user or None,
        password=settings.nats_password or None,
    )
    return broker
