"""Months of outbox and inbox: made ahead, and rows that came too early move in."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ids import new_id
from shared.partitions import bounds, ensure_partitions, lowest_id, months_from
from shared.tests.events.lab import scalar


def test_months_follow_one_another_over_the_year() -> None:
    assert months_from(date(2026, 11, 23)) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
    assert bounds(date(2026, 12, 1))[1] == bounds(date(2027, 1, 1))[0]


def test_a_fresh_id_lies_in_its_month() -> None:
    low, high = bounds(datetime.now(UTC).date().replace(day=1))
    assert low <= new_id() < high


async def test_upkeep_makes_what_is_missing_once(owner_engine: Any) -> None:
    async with owner_engine("platform").connect() as connection:  # rolled back at the end
        made = await ensure_partitions(connection, date(2031, 12, 5))
        assert set(made) == {
            f"{t}_{m}" for t in ("outbox", "inbox") for m in ("2031_12", "2032_01", "2032_02")
        }
        assert await ensure_partitions(connection, date(2031, 12, 31)) == []


async def test_rows_of_the_default_partition_move_to_their_month(owner_engine: Any) -> None:
    early = lowest_id(datetime(2031, 12, 9, tzinfo=UTC))
    async with owner_engine("platform").connect() as connection:
        row = {"id": early, "now": datetime.now(UTC)}
        await connection.execute(text("INSERT INTO inbox VALUES ('sales', :id, :now)"), row)
        await ensure_partitions(connection, date(2031, 12, 5))
        place = await connection.execute(text("SELECT tableoid::regclass::text FROM inbox"))
        assert place.scalar_one() == "inbox_2031_12"


async def test_fresh_rows_lie_in_this_month(source: AsyncEngine) -> None:
    from shared.tests.events.lab import supplier, tell

    await tell(source, supplier())
    assert await scalar(source, "SELECT tableoid::regclass::text FROM outbox") == (
        f"outbox_{datetime.now(UTC):%Y_%m}"
    )
