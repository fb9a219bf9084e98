"""Plain SQL straight to the driver, in the session's own transaction.

What SQLAlchemy puts around a statement (its context, its greenlet, its cursor's description) costs
four times what the driver takes to send it. A `text()` needs none of that: it goes to the session's
connection by itself and comes back as the usual Result.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import psycopg
import sqlalchemy.ext.asyncio
from sqlalchemy import Select, TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError

DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
STATEMENTS_MAX = 2048
LISTED = re.compile(r"(NOT )?IN \(__\[POSTCOMPILE_(\w+)\]\)")
DRIVER = "driver"  # in `session.info`: the transaction and its connection
Session = sqlalchemy.ext.asyncio.AsyncSession


class Rows(IteratorResult[*tuple[Any, ...]]):
    """A result whose rows are at hand already. `rowcount` as the driver gave it."""

    rowcount: int = -1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement in the database's own words: `$1` … and the names of what stands there."""

    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    processors: Mapping[str, Callable[[Any], Any]]

    async def rows(self, session: Session, given: Mapping[str, Any]) -> Rows:
        """The answer for these values of its parameters, after what the session has to write."""
        if session.new or session.dirty or session.deleted:
            await session.flush()
        values = {**self.fixed, **given}
        for name, process in self.processors.items():
            values[name] = process(values[name])
        return await send(session, self, values)


def prepared(question: "Select[*tuple[Any, ...]]") -> Prepared:
    """Compile a question; `IN` a list becomes `= ANY` of an array: one text for all."""
    compiled = question.compile(dialect=DIALECT)
    names = [
        name for name in compiled.positiontup or () if f"POSTCOMPILE_{name}]" not in compiled.string
    ]

    def array(found: re.Match[str]) -> str:
        kind = compiled.binds[found[2]].type.compile(DIALECT)
        names.append(found[2])
        return f"{'<> ALL' if found[1] else '= ANY'}(${len(names)}::{kind}[])"

    sql = LISTED.sub(array, compiled.string)
    assert "POSTCOMPILE" not in sql, sql
    processors = cast("dict[str, Callable[[Any], Any]]", compiled._bind_processors)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return Prepared(sql, tuple(names), dict(compiled.params), processors)


async def send_text(session: Session, statement: TextClause, given: Mapping[str, Any]) -> Rows:
    """A `text()`'s answer."""
    return await send(session, spelt(statement.text), given)


async def send(session: Session, statement: Prepared, given: Mapping[str, Any]) -> Rows:
    """The statement's answer. Raises what SQLAlchemy would: a DBAPIError around the driver's."""
    cursor = psycopg.AsyncRawCursor(await driver_of(session))
    for listener in session.sync_session.get_bind().dispatch.before_cursor_execute:
        listener(None, cursor, statement.sql, given, None, False)  # noqa: FBT003 - the event's form
    try:
        await cursor.execute(statement.sql.encode(), [given[name] for name in statement.names])
        rows = await cursor.fetchall() if (answer := cursor.pgresult) and answer.nfields else []
    except psycopg.Error as fault:
        raise translated(statement.sql, fault) from fault
    return result_of(cursor, rows)


async def driver_of(session: Session) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection of the session's transaction, looked up once in each."""
    known = session.info.get(DRIVER)
    at_hand = session.sync_session.get_transaction()
    if known is not None and at_hand is not None and known[0] is at_hand:
        return cast("psycopg.AsyncConnection[Any]", known[1])
    raw = await (await session.connection()).get_raw_connection()
    found = cast("psycopg.AsyncConnection[Any]", raw.driver_connection)
    session.info[DRIVER] = (session.sync_session.get_transaction(), found)
    return found


def result_of(cursor: psycopg.AsyncRawCursor[Any], rows: Sequence[Any]) -> Rows:
    answer = cursor.pgresult
    names = (
        tuple((answer.fname(place) or b"").decode() for place in range(answer.nfields))
        if answer
        else ()
    )
    result = Rows(described(names), iter(rows))
    result.rowcount = cursor.rowcount
    return result


@lru_cache(maxsize=STATEMENTS_MAX)
def described(names: tuple[str, ...]) -> SimpleResultMetaData:
    return SimpleResultMetaData(names)


@lru_cache(maxsize=STATEMENTS_MAX)
def spelt(written: str) -> Prepared:
    """A `text()` with `:name` in it."""
    compiled = TextClause(written).compile(dialect=DIALECT)
    return Prepared(str(compiled), tuple(compiled.positiontup or ()), {}, {})


def translated(sql: str, fault: psycopg.Error) -> DBAPIError:
    """The driver's error as SQLAlchemy would have raised it."""
    broken = DBAPIError.instance(sql, None, fault, psycopg.Error, dialect=DIALECT)
    return cast("DBAPIError", broken)
