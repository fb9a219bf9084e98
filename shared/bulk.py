"""Whole documents in one round trip: rows of several tables written, or read, by one statement.

A round trip costs more than what it carries (performance.md 2), so a command writes its number,
head and lines together, and reads what it must know together.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, TypeVar, overload
from typing import cast as cast_type
from uuid import UUID

import pydantic_core
from sqlalchemy import Select, Text, TextClause, cast, func, literal_column, select, text
from sqlalchemy.orm import class_mapper
from sqlmodel import SQLModel

from shared.database import AsyncSession, table_of
from shared.direct import Prepared, prepared
from shared.outbox import teller
from shared.tables import Document

R = TypeVar("R", bound=SQLModel)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
T_co = TypeVar("T_co", covariant=True)
READERS: Final[Mapping[type, Callable[[Any], Any]]] = {
    UUID: UUID,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
}
Given = Sequence[SQLModel] | Sequence[Mapping[str, Any]]

# As in shared/numbers.py: the counter's row stays locked to the end of the transaction.
TAKEN = """taken AS (
  INSERT INTO number_series (company_id, series, period, last)
  VALUES (CAST(:company AS uuid), :series, :period, :count)
  ON CONFLICT (company_id, series, period) DO UPDATE SET last = number_series.last + excluded.last
  RETURNING last
)"""
NUMBER = (
    "CAST(:stem AS text) || lpad(CAST(taken.last - :count + given.ordinality AS text), "
    "greatest(6, length(CAST(taken.last - :count + given.ordinality AS text))), '0')"
)


async def insert_rows(session: AsyncSession, *groups: tuple[type[SQLModel], Given]) -> None:
    """Insert rows of several tables in one statement; empty groups are left out."""
    full = [(kind, rows) for kind, rows in groups if rows]
    if full:
        kinds = tuple(kind for kind, _ in full)
        await session.execute(inserting(kinds, numbered=False), as_json(full))


async def insert_numbered(
    session: AsyncSession,
    series: str,
    day: date,
    heads: Sequence[Document],
    *groups: tuple[type[SQLModel], Given],
) -> None:
    """Insert documents with their lines, and give the heads the next numbers of their series.

    The heads stay outside the session: what is changed on them afterwards is not written.
    """
    if not heads:
        return
    full = [(type(heads[0]), heads), *((kind, rows) for kind, rows in groups if rows)]
    kinds = tuple(kind for kind, _ in full)
    asked = {
        "company": teller(session).company_id,
        "series": series,
        "period": str(day.year),
        "count": len(heads),
        "stem": f"{series}-{day.year}-",
    }
    result = await session.execute(inserting(kinds, numbered=True), asked | as_json(full))
    first = result.scalar_one() - len(heads) + 1
    for place, head in enumerate(heads):
        head.number = f"{series}-{day.year}-{first + place:06d}"


@lru_cache(maxsize=256)
def inserting(kinds: tuple[type[SQLModel], ...], *, numbered: bool) -> TextClause:
    """The statement that inserts rows of these tables; with `numbered` the first gets numbers."""
    parts = [TAKEN] if numbered else []
    for place, kind in enumerate(kinds):
        parts.append(bearing(place, kind, counted=numbered and place == 0))
    last = "SELECT last FROM taken" if numbered else "SELECT 1"
    return text(f"WITH {', '.join(parts)} {last}")


def bearing(place: int, kind: type[SQLModel], *, counted: bool = False) -> str:
    """The part of a statement that inserts rows of a table."""
    table = table_of(kind)
    names = [column.name for column in table.columns if column.identity is None]
    values = [NUMBER if counted and name == "number" else f'given."{name}"' for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    return (
        f"rows_{place} AS (INSERT INTO {table.name} ({columns}) "  # noqa: S608 - our own names
        f"SELECT {', '.join(values)} FROM jsonb_populate_recordset(CAST(NULL AS {table.name}), "
        f"CAST(:rows_{place} AS jsonb)) WITH ORDINALITY AS given"
        f"{', taken' if counted else ''} ORDER BY given.ordinality)"
    )


def as_json(groups: Sequence[tuple[type[SQLModel], Given]]) -> dict[str, str]:
    return {f"rows_{place}": rows_json(rows) for place, (_, rows) in enumerate(groups)}


def rows_json(rows: Given) -> str:
    """Rows as a JSON array; decimals as strings, so that none is rounded."""
    plain = [row.model_dump() if isinstance(row, SQLModel) else row for row in rows]
    return pydantic_core.to_json(plain).decode()


Changed = tuple[type[SQLModel], Sequence[SQLModel], tuple[str, ...]]  # and the columns written


async def update_rows(session: AsyncSession, *groups: Changed) -> None:
    """Write the named columns of rows of several tables, by primary key, in one statement.

    The rows leave the session, which would write them one table after the other.
    """
    await write_rows(session, changed=groups)


async def write_rows(
    session: AsyncSession,
    changed: Sequence[Changed],
    *born: tuple[type[SQLModel], Given],
) -> None:
    """`update_rows` and `insert_rows` in one statement; neither sees what the other writes."""
    old = [group for group in changed if group[1]]
    new = [(kind, rows) for kind, rows in born if rows]
    if not old and not new:
        return
    for row in (row for _, rows, _ in old for row in rows):
        if row in session:
            session.expunge(row)
    kinds = tuple((kind, names) for kind, _, names in old)
    statement = writing(kinds, tuple(kind for kind, _ in new))
    listed = [*((kind, rows) for kind, rows, _ in old), *new]
    await session.execute(statement, as_json(listed))


@lru_cache(maxsize=256)
def writing(
    changed: tuple[tuple[type[SQLModel], tuple[str, ...]], ...], born: tuple[type[SQLModel], ...]
) -> TextClause:
    parts = [changing(place, *one) for place, one in enumerate(changed)]
    parts += [bearing(place, kind) for place, kind in enumerate(born, len(changed))]
    return text(f"WITH {', '.join(parts)} SELECT 1")


def changing(place: int, kind: type[SQLModel], names: tuple[str, ...]) -> str:
    """The part of a statement that updates rows of a table."""
    table = table_of(kind)
    taken = ", ".join(f'"{name}" = given."{name}"' for name in names)
    same = " AND ".join(f'stands."{key.name}" = given."{key.name}"' for key in table.primary_key)
    return (
        f"rows_{place} AS (UPDATE {table.name} AS stands SET {taken} "  # noqa: S608 - our names
        f"FROM jsonb_populate_recordset(CAST(NULL AS {table.name}), "
        f"CAST(:rows_{place} AS jsonb)) AS given WHERE {same})"
    )


class Asked(Generic[T_co]):
    """Several questions in one statement, made once: rows to look at, outside the session.

    Each answer keeps its question's order; what is changed on its rows is not written.
    """

    def __init__(self, questions: Sequence[Select[Any]]) -> None:
        self.kinds = [question.column_descriptions[0]["entity"] for question in questions]
        listed: list[Any] = []
        for place, question in enumerate(questions):
            rows = question.subquery(f"q{place}")
            array = cast(func.json_agg(literal_column(rows.name)), Text)
            listed.append(select(array).select_from(rows).scalar_subquery().label(f"a{place}"))
        self.statement = select(*listed)

    @cached_property
    def prepared(self) -> Prepared:
        """In the driver's words; made at the first use, when every table is known."""
        return prepared(self.statement)

    async def of(self, session: AsyncSession, **given: Any) -> T_co:
        """The answers, with these values for the questions' parameters."""
        answers = (await self.prepared.rows(session, given)).one()
        read = [rows_read(*pair) for pair in zip(self.kinds, answers, strict=True)]
        return cast_type("T_co", tuple(read))


@overload
def asking(a: "Select[A]", b: "Select[B]", /) -> Asked[tuple[list[A], list[B]]]: ...
@overload
def asking(
    a: "Select[A]", b: "Select[B]", c: "Select[C]", /
) -> Asked[tuple[list[A], list[B], list[C]]]: ...
@overload
def asking(
    a: "Select[A]", b: "Select[B]", c: "Select[C]", d: "Select[D]", /
) -> Asked[tuple[list[A], list[B], list[C], list[D]]]: ...
@overload
def asking(
    a: "Select[A]", b: "Select[B]", c: "Select[C]", d: "Select[D]", e: "Select[E]", /
) -> Asked[tuple[list[A], list[B], list[C], list[D], list[E]]]: ...
@overload
def asking(
    a: "Select[A]",
    b: "Select[B]",
    c: "Select[C]",
    d: "Select[D]",
    e: "Select[E]",
    f: "Select[F]",
    /,
) -> Asked[tuple[list[A], list[B], list[C], list[D], list[E], list[F]]]: ...
def asking(*questions: "Select[Any]") -> Asked[Any]:
    """Put several `select(Kind)` into one statement."""
    return Asked(questions)


def rows_read(kind: type[R], answer: str | None) -> list[R]:
    """Row objects from a JSON array of rows; numbers keep every digit."""
    readers = readers_of(kind)  # pyright: ignore[reportArgumentType] - SQLModel's odd __hash__
    return [
        as_loaded(
            kind,
            {name: value if value is None else readers[name](value) for name, value in row.items()},
        )
        for row in json.loads(answer or "[]", parse_float=Decimal)
    ]


def as_loaded(kind: type[R], values: dict[str, Any]) -> R:
    """A row object as SQLAlchemy loads one: the database has checked what it holds.

    Its constructor would check and note each value again, at twenty times the cost.
    """
    row: R = class_mapper(kind).class_manager.new_instance()
    vars(row).update(values)
    if issubclass(kind, SQLModel):  # pyright: ignore[reportUnnecessaryIsInstance] - a view is none
        row.__pydantic_fields_set__.update(values)
    return row


@lru_cache(maxsize=256)
def readers_of(kind: type[SQLModel]) -> dict[str, Callable[[Any], Any]]:
    """How each column's JSON becomes its Python value."""
    return {
        column.name: READERS.get(column.type.python_type, lambda value: value)
        for column in table_of(kind).columns
    }
