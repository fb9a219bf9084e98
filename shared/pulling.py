# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""Pulling a durable's messages: whatever has arrived, at once, in batches that load makes larger.

The client library's own `fetch` waits until a batch is full or its time is over; a fact that comes
alone would wait with it. Here one request stays open and every arrival wakes the reader.
"""

import asyncio
import json
import time
from collections import deque

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

EXPIRES_SECONDS = 5.0
REQUEST_TIMEOUT, NO_MESSAGES, HEARTBEAT = "408", "404", "100"


class PullRefused(Exception):
    """The broker does not serve this durable now: it is not declared, or JetStream is starting."""


class Pull:
    """One reader of one durable on one stream. `take` repeatedly; `close` gives back the rest."""

    def __init__(self, nc: Client, stream: str, durable: str, batch: int = 100) -> None:
        self._nc = nc
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._batch = batch
        self._arrived: deque[Msg] = deque()
        self._some = asyncio.Event()
        self._inbox = ""
        self._subscription: Subscription | None = None
        self._owed = 0  # messages that the open request may still bring
        self._until = 0.0  # monotonic end of the open request
        self._reconnects = 0

    async def take(self) -> list[Msg]:
        """The messages at hand, in stream order, up to a batch; [] after 5 s without any.

        Raises PullRefused when the broker refuses and NatsError when the connection is gone.
        """
        await self._ask()
        if not self._arrived:
            self._some.clear()
            try:
                await asyncio.wait_for(self._some.wait(), max(self._until - time.monotonic(), 0.01))
            except TimeoutError:
                self._owed = 0
        return self._sorted()

    async def close(self) -> None:
        """Stop pulling; what arrived and was not taken goes back at once for another replica."""
        if self._subscription is not None:
            subscription, self._subscription = self._subscription, None
            await subscription.unsubscribe()
        while self._arrived:
            message = self._arrived.popleft()
            if "Status" not in (message.headers or {}):
                await message.nak()

    async def _ask(self) -> None:
        """Keep one request open; the broker forgets it when it expires or the connection drops."""
        if self._subscription is None:
            self._inbox = self._nc.new_inbox()
            self._subscription = await self._nc.subscribe(self._inbox, cb=self._keep)
        now, reconnects = time.monotonic(), self._nc.stats["reconnects"]
        if self._owed > 0 and now < self._until and reconnects == self._reconnects:
            return
        if self._arrived:
            return  # handle these first, then ask for more
        self._owed, self._until, self._reconnects = self._batch, now + EXPIRES_SECONDS, reconnects
        wanted = {"batch": self._batch, "expires": int(EXPIRES_SECONDS * 1e9)}
        await self._nc.publish(self._next, json.dumps(wanted).encode(), reply=self._inbox)

    async def _keep(self, message: Msg) -> None:
        self._arrived.append(message)
        self._some.set()

    def _sorted(self) -> list[Msg]:
        """Split what arrived into messages and the broker's words about the request."""
        messages: list[Msg] = []
        while self._arrived and len(messages) < self._batch:
            message = self._arrived.popleft()
            status = (message.headers or {}).get("Status")
            if status is None:
                messages.append(message)
                self._owed -= 1
            elif status in (REQUEST_TIMEOUT, NO_MESSAGES):
                self._owed = 0
            elif status != HEARTBEAT:
                self._owed = 0
                if not messages:
                    raise PullRefused(f"{status} {(message.headers or {}).get('Description', '')}")
        return messages


Faults = (NatsError, PullRefused, OSError, TimeoutError)
