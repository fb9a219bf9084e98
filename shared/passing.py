# pyright: reportUnknownMemberType=false
# nats-py leaves a part of its signatures untyped.
"""Events that nothing here reacts to: counted as heard, acknowledged together, a moment later.

Most events of a source concern few of those who hear it. What passes by needs no transaction of its
own: the position moves with the next one, or after half a second. Until then the events
stay unacknowledged, so that a process that ends in between is told of them again.
"""

import time
from collections.abc import Collection, Sequence

from nats.aio.msg import Msg

from shared.contracts.base import Envelope

POSITION = "Mailuo-Position"  # header of the relay: where the event stands in its outbox
KEPT_SECONDS = 0.5
KEPT_MAX = 256  # a quarter of what the broker lets us owe


class PassedBy:
    """The deliveries of one source that wait to be acknowledged, and how far they reach."""

    def __init__(self) -> None:
        self.messages: list[Msg] = []
        self.position = 0
        self._since = 0.0

    def sort_out(self, messages: Sequence[Msg], concern: Collection[str]) -> list[Msg]:
        """Keep those whose subject is not among `concern`; the others, in their order.

        A message without the relay's header is read for its position; one that cannot be read goes
        to those that concern us, where it is counted as a failure.
        """
        others: list[Msg] = []
        for message in messages:
            position = None if message.subject in concern else position_of(message)
            if position is None:
                others.append(message)
                continue
            if not self.messages:
                self._since = time.monotonic()
            self.messages.append(message)
            self.position = max(self.position, position)
        return others

    @property
    def left(self) -> float:
        """Seconds until they are due; endless when none waits."""
        if not self.messages:
            return float("inf")
        if len(self.messages) >= KEPT_MAX:
            return 0.0
        return max(self._since + KEPT_SECONDS - time.monotonic(), 0.0)

    async def acknowledge(self) -> None:
        """Their position is stored: they need not come again."""
        messages, self.messages = self.messages, []
        for message in messages:
            await message.ack()


def position_of(message: Msg) -> int | None:
    """The event's outbox position; None when the message does not say it."""
    try:
        if (given := (message.headers or {}).get(POSITION)) is not None:
            return int(given)
        return Envelope.model_validate_json(message.data).position
    except ValueError:
        return None
