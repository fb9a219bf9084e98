"""Lists as data (decision 14): one object serves list, search, counts and their documentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from inspect import Parameter, Signature
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import StringConstraints
from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlmodel import SQLModel

from shared.actor import Actor
from shared.bulk import as_loaded
from shared.contracts.base import Contract
from shared.database import AsyncSession, table_of
from shared.i18n import Bilingual
from shared.problems import Refused

PAGE_SIZE_MAX = 200
OFFSET_MAX = 100_000
Kind = Literal["eq", "in", "ref", "range", "flag"]
Item = TypeVar("Item")
SEARCH = StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f]*$")
Search = Annotated[str, SEARCH]


class FilterUnknown(Refused):
    title = Bilingual("This list does not know the filter", "此列表没有该筛选条件")


class Page(Contract, Generic[Item]):
    """One page of a list, with how many there are in each state under the other filters."""

    items: tuple[Item, ...]
    total: int
    page: int
    size: int
    counts_by_state: dict[str, int]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a caller asked of a list: page from 1, size, search text, sort key, filters by name."""

    page: int
    size: int
    q: str
    sort: str
    filters: Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """A list over one table.

    `filters` by column name; a `range` filter on `x_on` is asked as `x_from` and `x_to`. `sort`
    names columns; a leading `-` turns the order; ties go by id. Rows of other companies are
    never seen.
    """

    table: type[SQLModel]
    filters: Mapping[str, Kind]
    sort: Sequence[str]
    search: Sequence[str] = ()
    counts_by: str | None = "state"

    def parameters(self) -> Any:
        """A dependency that documents and parses this list's query."""

        async def read(request: Request, **given: Any) -> ListQuery:
            known = set(given)
            if unknown := sorted(set(request.query_params) - known):
                raise FilterUnknown(unknown=unknown, known=sorted(known))
            paging = {name: given.pop(name) for name in ("page", "size", "sort")}
            paging["q"] = given.pop("q", "")
            return ListQuery(**paging, filters={k: v for k, v in given.items() if v is not None})

        read.__signature__ = Signature(  # type: ignore[attr-defined]
            [Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request), *self.declared()]
        )
        return Depends(read)

    def declared(self) -> list[Parameter]:
        names = dict.fromkeys(name.lstrip("-") for name in self.sort)
        sorts = [*names, *(f"-{name}" for name in names)]
        basic: list[tuple[str, Any, Any]] = [
            ("page", Annotated[int, Query(ge=1, le=OFFSET_MAX)], 1),
            ("size", Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)], 50),
            *([("q", Search, "")] if self.search else []),
            ("sort", Literal[tuple(sorts)], self.sort[0]),
        ]
        for name, kind in self.filters.items():
            basic += filter_parameters(name, kind)
        return [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
            for name, annotation, default in basic
        ]

    def column(self, name: str) -> Any:
        return getattr(self.table, name)

    def condition(
        self, query: ListQuery, actor: Actor, *, without: str = ""
    ) -> ColumnElement[bool]:
        """Everything the caller asked for, within the caller's company."""
        parts: list[ColumnElement[bool]] = [self.column("company_id") == actor.company_id]
        for name, kind in self.filters.items():
            if name == without:
                continue
            value = query.filters.get(name)
            if kind == "range":
                stem = name.removesuffix("_on").removesuffix("_at")
                if (first := query.filters.get(f"{stem}_from")) is not None:
                    parts.append(self.column(name) >= first)
                if (last := query.filters.get(f"{stem}_to")) is not None:
                    parts.append(self.column(name) <= last)
            elif value is not None and kind == "in":
                parts.append(self.column(name).in_(value.split(",")))
            elif value is not None:
                parts.append(self.column(name) == value)
        if query.q:
            pattern = (
                "%" + query.q.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
            )
            parts.append(or_(*(cast(self.column(n), String).ilike(pattern) for n in self.search)))
        return and_(*parts)

    async def fetch(
        self, session: AsyncSession, query: ListQuery, actor: Actor
    ) -> tuple[list[Any], int, dict[str, int]]:
        """The page's rows, the total and the counts by state: two statements."""
        where = self.condition(query, actor)
        name, descending = query.sort.lstrip("-"), query.sort.startswith("-")
        order = [self.column(name), *table_of(self.table).primary_key]
        columns = table_of(self.table).columns
        rows = await session.execute(
            select(*columns)
            .where(where)
            .order_by(*(column.desc() if descending else column for column in order))
            .limit(query.size)
            .offset((query.page - 1) * query.size)
        )
        total, counts = await self.count(session, query, actor)
        names = [column.name for column in columns]
        # Outside the session: a list is looked at, and a hundred loads cost more than their query.
        page = [as_loaded(self.table, dict(zip(names, row, strict=True))) for row in rows]
        return page, total, counts

    async def count(
        self, session: AsyncSession, query: ListQuery, actor: Actor
    ) -> tuple[int, dict[str, int]]:
        if self.counts_by is None:
            where = self.condition(query, actor)
            found = await session.execute(select(func.count()).select_from(self.table).where(where))
            return int(found.scalar_one()), {}
        column = self.column(self.counts_by)
        where = self.condition(query, actor, without=self.counts_by)
        counted = await session.execute(select(column, func.count()).where(where).group_by(column))
        counts = {str(state): int(number) for state, number in counted}
        asked = query.filters.get(self.counts_by)
        wanted = set(asked.split(",")) if isinstance(asked, str) else set(counts)
        return sum(number for state, number in counts.items() if state in wanted), counts


def filter_parameters(name: str, kind: Kind) -> list[tuple[str, Any, Any]]:
    match kind:
        case "range":
            stem = name.removesuffix("_on").removesuffix("_at")
            return [(f"{stem}_from", date | None, None), (f"{stem}_to", date | None, None)]
        case "ref":
            return [(name, UUID | None, None)]
        case "flag":
            return [(name, bool | None, None)]
        case "eq" | "in":
            return [(name, Annotated[str | None, SEARCH], None)]


def paged(
    query: ListQuery, items: Sequence[Item], total: int, counts: dict[str, int]
) -> Page[Item]:
    """The fetched page as an answer."""
    return Page[Any](
        items=tuple(items), total=total, page=query.page, size=query.size, counts_by_state=counts
    )
