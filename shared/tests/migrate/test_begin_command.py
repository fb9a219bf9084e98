"""The first statement of every command."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

KEEP = "INSERT INTO idempotency_key VALUES ('k', 'h', 201, '{\"a\": \"b\"}', 'body', now())"
BEGIN = "SELECT * FROM begin_command('user:1', %s, 'trace', 'why', %s, %s)"
COMPANY = "01900000-0000-7000-8000-00000000c001"
FREE, BUSY = (True, None, None, None, None), (False, None, None, None, None)


@pytest.fixture
def connect(database: Any) -> Iterator[Any]:
    """Two connections of the service's role."""
    url = database("platform").url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(url) as first, psycopg.connect(url) as second:
        yield first, second


def begin(connection: Any, key: Any = None, request_hash: str = "h") -> Any:
    return connection.execute(BEGIN, (COMPANY, key, request_hash)).fetchone()


async def test_it_says_who_acts_until_the_transaction_ends(connect: Any) -> None:
    said = "SELECT current_setting('app.' || n, true) FROM unnest(%s::text[]) n"
    wanted = (["actor", "company", "trace", "reason"],)
    assert begin(connect[0]) == FREE
    assert connect[0].execute(said, wanted).fetchall() == [
        ("user:1",), (COMPANY,), ("trace",), ("why",)
    ]  # fmt: skip
    connect[0].commit()
    assert connect[0].execute(said, wanted).fetchall() == [("",)] * 4


async def test_a_key_is_claimed_once_and_answered_ever_after(connect: Any) -> None:
    first, second = connect
    assert begin(first, "k") == FREE
    assert begin(second, "k") == BUSY
    first.execute(KEEP)
    first.commit()
    assert begin(second, "k") == (False, True, 201, {"a": "b"}, b"body")
    assert begin(first, "k", "other") == BUSY, "the second one still holds the key"
    second.commit()
    assert begin(first, "k", "other")[:3] == (False, False, 201)


async def test_a_key_whose_request_failed_is_free_again(connect: Any) -> None:
    first, second = connect
    assert begin(first, "k") == FREE
    first.rollback()
    assert begin(second, "k") == FREE


async def test_the_same_transaction_sees_a_commit_between_two_tries(connect: Any) -> None:
    first, second = connect
    assert begin(first, "k") == FREE
    assert begin(second, "k") == BUSY
    first.execute(KEEP)
    first.commit()
    assert begin(second, "k")[2] == 201
