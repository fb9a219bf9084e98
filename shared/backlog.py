"""What waits in an outbox, and up to where its stream holds everything: asked of the database."""

import math
from typing import NamedTuple

import psycopg
from psycopg.rows import DictRow

LAG = """
SELECT count(*) AS pending,
       coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float8 AS age
FROM outbox WHERE stream_seq IS NULL
"""
SENT = """
SELECT coalesce((SELECT min(position) - 1 FROM outbox WHERE stream_seq IS NULL),
                (SELECT max(position) FROM outbox), 0) AS position
"""


class Lag(NamedTuple):
    """What waits in the outbox: the oldest row's age in seconds, and how many rows."""

    age: float
    pending: int


async def lag_of(connection: psycopg.AsyncConnection[DictRow] | None) -> Lag:
    """What waits. Endless age while the database is away."""
    if connection is None:
        return Lag(math.inf, 0)
    try:
        row = await (await connection.execute(LAG)).fetchone()
    except psycopg.Error:
        return Lag(math.inf, 0)
    return Lag(row["age"], row["pending"]) if row else Lag(0.0, 0)


async def sent_up_to(connection: psycopg.AsyncConnection[DictRow]) -> int:
    """The outbox position up to which everything committed is in the stream."""
    row = await (await connection.execute(SENT, prepare=True)).fetchone()
    return int(row["position"]) if row else 0
