"""A context's past, told again: the outbox is kept for ever and read by position (decision 19)."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import text

from shared.contracts.base import Envelope
from shared.database import AsyncSession
from shared.envelopes import COLUMNS, envelope_of
from shared.events import Consumer
from shared.reacting import Heard

FEED = text(
    f"SELECT {COLUMNS} FROM outbox WHERE position > :after ORDER BY position LIMIT :limit"  # noqa: S608
)


async def feed(session: AsyncSession, context: str, after: int, limit: int) -> list[Envelope]:
    """What `context` told after a position, in order of position, at most `limit`.

    A transaction that is still open may commit a lower position than one already given: a reader
    that must be complete goes on with the stream, whose durable keeps everything published.
    """
    rows = await session.execute(FEED, {"after": after, "limit": limit})
    return [envelope_of(dict(row), context) for row in rows.mappings()]


async def catch_up(
    consumer: Consumer,
    fetch: Callable[[int, int], Awaitable[Sequence[Envelope]]],
    after: int,
    limit: int = 500,
) -> int:
    """Replay the source's feed from a position through the consumer; returns the last position.

    `fetch(after, limit)` asks the source's `GET /events`. What the inbox knows is passed over, so
    a rebuild clears the inbox rows first. Raises what a reaction raises; what came before stands.
    """
    while envelopes := await fetch(after, limit):
        await consumer.take_effect(
            [Heard(one, consumer.reactions.get(one.type, ())) for one in envelopes]
        )
        after = envelopes[-1].position
    return after
