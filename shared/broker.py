# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""The connection to NATS: it outlives the broker's restarts, and says so at once when it drops."""

import asyncio
import json
import logging
from collections.abc import Mapping

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.settings import ServiceSettings

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.25
CONNECT_SECONDS = 5
FOR_EVER = -1


class Disconnected(Exception):
    """The connection dropped while publishes waited for their acknowledgement.

    They may or may not stand in the stream: the relay looks before it publishes again.
    """


class PublishRefused(Exception):
    """The stream refused a message: not the sequence it expects, or there is no stream."""


class Broker(Client):
    """A NATS client that can publish to streams without waiting for each acknowledgement.

    The library's own `publish_async` loses every refusal (its reply callback raises instead of
    failing the future) and waits out the time-out when the connection drops; this one does not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._unanswered: dict[str, asyncio.Future[int]] = {}
        self._replies = ""
        self._count = 0

    async def send(
        self, subject: str, payload: bytes, headers: Mapping[str, str]
    ) -> asyncio.Future[int]:
        """Publish to a stream; the future gets the message's sequence there, or the refusal."""
        if not self._replies:
            self._replies = self.new_inbox()
            await self.subscribe(f"{self._replies}.*", cb=self._answered)
        self._count += 1
        token = str(self._count)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._unanswered[token] = future
        future.add_done_callback(lambda _: self._unanswered.pop(token, None))
        reply = f"{self._replies}.{token}"
        await self.publish(subject, payload, reply=reply, headers=dict(headers))
        return future

    async def _answered(self, message: Msg) -> None:
        future = self._unanswered.get(message.subject.rpartition(".")[2])
        if future is None or future.done():
            return
        answer = json.loads(message.data) if message.data else {"error": "no stream answers"}
        if "error" in answer:
            future.set_exception(PublishRefused(answer["error"]))
        else:
            future.set_result(int(answer["seq"]))

    async def dropped(self) -> None:
        """Fail whatever waits for an acknowledgement that cannot come any more."""
        for future in tuple(self._unanswered.values()):
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
