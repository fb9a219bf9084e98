"""Monthly partitions of outbox and inbox, ranged over the UUIDv7 that carries the month.

Run by the owner's connection. A default partition catches what no month covers: ids that were
derived instead of drawn, and months that upkeep missed; these rows move when their month is made.
"""

import time
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEYS = {"outbox": "id", "inbox": "event_id"}  # partitioned table: its UUIDv7 key
MONTHS_AHEAD = 2
UPKEEP_KEY = 0x6D61696C756F02  # advisory lock: one replica makes partitions at a time
MILLISECOND_SHIFT = 80  # a UUIDv7 begins with 48 bits of Unix milliseconds


def lowest_id(moment: datetime) -> UUID:
    """No UUIDv7 drawn at or after the moment sorts below this one."""
    return UUID(int=int(moment.timestamp() * 1000) << MILLISECOND_SHIFT)


def floor_of_retention(seconds: float) -> UUID:
    """The lowest id that was drawn within the last `seconds` of real time."""
    return UUID(int=int((time.time() - seconds) * 1000) << MILLISECOND_SHIFT)


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_from(today: date, ahead: int = MONTHS_AHEAD) -> list[date]:
    """First days of the running month and the `ahead` months after it, in UTC."""
    months = [today.replace(day=1)]
    for _ in range(ahead):
        months.append(month_after(months[-1]))
    return months


def bounds(month: date) -> tuple[UUID, UUID]:
    """The half-open range of ids drawn in the month."""
    first, after = (datetime(d.year, d.month, 1, tzinfo=UTC) for d in (month, month_after(month)))
    return lowest_id(first), lowest_id(after)


async def ensure_partitions(connection: AsyncConnection, today: date) -> list[str]:
    """Make the partitions that are missing and return their names; the caller commits.

    Repeating it makes nothing. Waits at most 5 s for running transactions, then raises and leaves
    all as it was: the default partition serves until the next try.
    """
    await connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPKEEP_KEY})
    found = await connection.execute(
        text(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent::regclass::text "
            "IN ('outbox', 'inbox')"
        )
    )
    there = set(found.scalars())
    made: list[str] = []
    for table, key in KEYS.items():
        default = f"{table}_default"
        if default not in there:
            await connection.execute(text(f"CREATE TABLE {default} PARTITION OF {table} DEFAULT"))
            made.append(default)
        for month in months_from(today):
            name = f"{table}_{month:%Y_%m}"
            if name not in there:
                await make_partition(connection, table, key, month)
                made.append(name)
    return made


async def make_partition(connection: AsyncConnection, table: str, key: str, month: date) -> None:
    """One month's partition, attached with the rows that waited for it in the default one.

    Attaching locks readers and writers out far shorter than `CREATE … PARTITION OF` would.
    """
    name = f"{table}_{month:%Y_%m}"
    low, high = bounds(month)
    within = f"{key} >= '{low}' AND {key} < '{high}'"
    for statement in (
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
        f"ALTER TABLE {name} ADD CONSTRAINT within CHECK ({within})",  # attaching need not scan
        f"WITH moved AS (DELETE FROM {table}_default WHERE {within} RETURNING *) "  # noqa: S608
        f"INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')",
        f"ALTER TABLE {name} DROP CONSTRAINT within",
    ):
        await connection.execute(text(statement))
