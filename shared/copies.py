"""Copies of what other contexts own: a newer version replaces an older one, in any order."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import SQLModel

from shared.bulk import rows_json
from shared.database import AsyncSession, table_of
from shared.outbox import teller


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
