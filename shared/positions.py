# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""How far a source is heard, where only what concerns us is delivered.

A consumer's stored position is that of the last event that concerned it; what the source told since
then may concern nobody here. So the source's relay is asked up to where its stream holds everything
(`ask.<source>.<asker>` → `told.<source>.<asker>`), and then the broker whether any of it waits for
us: if nothing does, all of it is heard.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.broker import Broker
from shared.events import Consumer

ANSWER_SECONDS = 0.5


def ask_subject(source: str, asker: str) -> str:
    """Where a relay is asked."""
    return f"ask.{source}.{asker}"


def told_subject(source: str, asker: str) -> str:
    """Where it answers."""
    return f"told.{source}.{asker}"


class Positions:
    """What this context knows of its sources' progress. `start` it once; ask by `heard`."""

    def __init__(self, nc: Broker, context: str) -> None:
        self._nc, self._context = nc, context
        self._waiting: dict[str, asyncio.Future[int]] = {}

    async def start(self) -> None:
        """Listen for the relays' answers."""
        await self._nc.subscribe(told_subject("*", self._context), cb=self._answered)

    async def heard(
        self, stored: Mapping[str, int], consumers: Sequence[Consumer]
    ) -> dict[str, int]:
        """The position of each source up to which everything that concerns us has taken effect.

        Never less than what is stored; just that while relay or broker are away.
        """
        known = dict(stored)
        for consumer in consumers:
            told = await self._told(consumer.source)
            if told > known.get(consumer.source, 0) and await consumer.lag() == 0:
                known[consumer.source] = told
        return known

    async def _told(self, source: str) -> int:
        answer = self._waiting.get(source)
        if answer is None or answer.done():
            answer = self._waiting[source] = asyncio.get_running_loop().create_future()
        with suppress(NatsError, TimeoutError):
            await self._nc.publish(ask_subject(source, self._context))
            return await asyncio.wait_for(asyncio.shield(answer), ANSWER_SECONDS)
        return 0

    async def _answered(self, message: Msg) -> None:
        answer = self._waiting.pop(message.subject.split(".")[1], None)
        if answer is not None and not answer.done():
            answer.set_result(int(message.data))
