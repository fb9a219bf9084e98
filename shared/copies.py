"""Copies of what other contexts own: a newer version replaces an older one, in any order."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlmodel import SQLModel

from shared.bulk import rows_json
from shared.database import AsyncSession, table_of
from shared.outbox import teller


class State(Protocol):
    """An event that tells the whole state of the thing that `aggregate` names."""

    aggregate: ClassVar[str]

    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=State)


async def keep_newer_rows(
    session: AsyncSession, kind: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Take these rows over, by `id`, where no equal or newer `version` stands: one statement.

    All rows name the same columns; the company is the one that acts. Rows are locked in id order,
    and no id comes twice.
    """
    if rows:
        company = {"company_id": teller(session).company_id}
        full = [{**row, **company} for row in sorted(rows, key=lambda row: row["id"].int)]
        statement = keeping(kind, tuple(full[0]))  # pyright: ignore[reportArgumentType] - its __hash__
        await session.execute(statement, {"rows": rows_json(full)})


def newest(events: Sequence[T]) -> list[tuple[UUID, T]]:
    """Events of one kind that each tell a thing's whole state, by its id: of two the newer."""
    last: dict[UUID, T] = {}
    for event in events:
        id: UUID = getattr(event, event.aggregate)
        if id not in last or last[id].version < event.version:
            last[id] = event
    return list(last.items())


@lru_cache(maxsize=128)
def keeping(kind: type[SQLModel], names: tuple[str, ...]) -> TextClause:
    table = table_of(kind).name
    columns = ", ".join(f'"{name}"' for name in names)
    taken = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "id")
    return text(
        f"INSERT INTO {table} ({columns}) SELECT {columns} "  # noqa: S608 - our own names
        f"FROM jsonb_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS jsonb)) "
        f"ON CONFLICT (id) DO UPDATE SET {taken} WHERE {table}.version < excluded.version"
    )
