"""Engines, and what the database's own refusals mean to a caller."""

from typing import TYPE_CHECKING, Any, cast

import sqlalchemy.ext.asyncio
import sqlalchemy.orm
import sqlmodel
import sqlmodel.ext.asyncio.session
from sqlalchemy import Insert, Table, TextClause, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import SQLModel

from shared.direct import send_text
from shared.i18n import Bilingual
from shared.problems import Conflict, Problem, Refused
from shared.settings import ServiceSettings


class PlainSession(sqlmodel.Session):
    """The half of `AsyncSession` that runs in the greenlet."""

    execute = sqlalchemy.orm.Session.execute


class AsyncSession(sqlmodel.ext.asyncio.session.AsyncSession):
    """SQLModel's session: `exec` for models; `execute` for any statement, without its warning."""

    sync_session_class = PlainSession

    if TYPE_CHECKING:  # the types stay those of the library
        execute = sqlalchemy.ext.asyncio.AsyncSession.execute
    else:

        async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
            """Any statement; plain SQL with one set of values goes straight to the driver."""
            if isinstance(statement, TextClause) and not options and not isinstance(params, list):
                return await send_text(self, statement, params or {})
            plain = sqlalchemy.ext.asyncio.AsyncSession.execute
            return await plain(self, statement, params, **options)


STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 10_000
PREPARED_FROM = 2  # uses of a statement on a connection; planning costs more than running here
DEADLOCK = "40P01"
UNIQUE, EXCLUSION, FOREIGN, CHECK = "23505", "23P01", "23503", "23514"


class AlreadyThere(Conflict):
    title = Bilingual(
        "Another record already holds this value", "已有另一条记录占用此值（唯一性约束）"
    )
    lifted_by = Bilingual("Use the existing record, or another value", "使用已有记录，或改用其他值")


class NotThere(Refused):
    title = Bilingual("The request names something that does not exist", "请求引用了不存在的记录")


class LimitBroken(Conflict):
    title = Bilingual(
        "The change would break a limit that always holds", "该变更将违反必须始终成立的限制"
    )
    lifted_by = Bilingual(
        "Look at the current figures and ask for less", "请核对当前数据后调整数量或金额"
    )


class ValueOutOfRange(Refused):
    title = Bilingual("A value does not fit its field", "数值超出字段允许的范围")


def make_engine(settings: ServiceSettings) -> AsyncEngine:
    """The service's engine: few connections, statements bounded in time.

    The last one given back is the next one taken: its statements are prepared and its caches warm.
    None is opened for a moment and thrown away, which would cost more than the work it does.
    """
    limits = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
        "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off "
        "-c plan_cache_mode=force_generic_plan"
    )
    return create_async_engine(
        settings.database_url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=20,
        connect_args={
            "options": limits,
            "application_name": f"mailuo-{settings.context}",
            "prepare_threshold": PREPARED_FROM,
        },
    )


def each_alone(engine: AsyncEngine) -> AsyncEngine:
    """The same pool, each statement a transaction of its own: no BEGIN, COMMIT or ROLLBACK.

    A rollback makes the driver forget every prepared statement of its connection.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def sqlstate(fault: DBAPIError) -> str:
    return str(getattr(fault.orig, "sqlstate", "") or "")


def is_deadlock(fault: DBAPIError) -> bool:
    return sqlstate(fault) == DEADLOCK


def problem_of(fault: DBAPIError) -> Problem | None:
    """The refusal behind a database error; None when it is a fault and not a refusal."""
    state = sqlstate(fault)
    constraint = str(getattr(getattr(fault.orig, "diag", None), "constraint_name", "") or "")
    if state in (UNIQUE, EXCLUSION):
        return AlreadyThere(constraint=constraint)
    if state == FOREIGN:
        return NotThere(constraint=constraint)
    if state == CHECK:
        return LimitBroken(constraint=constraint)
    if state.startswith("22"):
        return ValueOutOfRange(cause=state)
    return None


def table_of(kind: type[SQLModel]) -> "Table[Any]":
    """The SQLAlchemy table behind a row class."""
    return cast("Table[Any]", kind.__table__)  # type: ignore[attr-defined]


async def insert_all(
    session: AsyncSession, kind: type[SQLModel], rows: list[dict[str, Any]]
) -> None:
    """Insert many rows in one round trip; none when the list is empty."""
    if rows:
        statement: Insert = insert(table_of(kind))
        await session.execute(statement, rows)
