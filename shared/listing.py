"""Lists as data (decision 14): one object serves list, search, counts and their documentation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from inspect import Parameter, Signature
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import StringConstraints
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlmodel import SQLModel

from shared.actor import Actor
from shared.bulk import as_loaded
from shared.contracts.base import Contract
from shared.database import AsyncSession, table_of
from shared.direct import Prepared, prepared
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
    known: dict[tuple[str, frozenset[str]], Prepared] = field(
        default_factory=dict[tuple[str, frozenset[str]], Prepared], compare=False, repr=False
    )  # statements compiled so far

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

    async def fetch(
        self, session: AsyncSession, query: ListQuery, actor: Actor
    ) -> tuple[list[Any], int, dict[str, int]]:
        """The page's rows, the total and the counts by state: two statements."""
        values = self.values(query, actor)
        paging = {"size_": query.size, "offset_": (query.page - 1) * query.size}
        rows = await self.prepared(query.sort, values).rows(session, values | paging)
        total, counts = await self.count(session, query, values)
        # Outside the session: a list is looked at, and a hundred loads cost more than their query.
        names = rows.keys()
        page = [as_loaded(self.table, dict(zip(names, row, strict=True))) for row in rows]
        return page, total, counts

    async def count(
        self, session: AsyncSession, query: ListQuery, values: Mapping[str, Any]
    ) -> tuple[int, dict[str, int]]:
        """How many there are in all, and by state whatever state was asked for."""
        if self.counts_by is None:
            found = await self.prepared("", values).rows(session, values)
            return int(found.scalar_one()), {}
        others = {name: value for name, value in values.items() if name != self.counts_by}
        counted = await self.prepared("", others).rows(session, others)
        counts = {str(state): int(number) for state, number in counted}
        asked = query.filters.get(self.counts_by)
        wanted = set(asked.split(",")) if isinstance(asked, str) else set(counts)
        return sum(number for state, number in counts.items() if state in wanted), counts

    def values(self, query: ListQuery, actor: Actor) -> dict[str, Any]:
        """What the caller asked for by name, within the caller's company."""
        asked: dict[str, Any] = {"company_id": actor.company_id, **query.filters}
        for name, kind in self.filters.items():
            if kind == "in" and name in asked:
                asked[name] = asked[name].split(",")
        if query.q:
            text = query.q.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
            asked["q"] = f"%{text}%"
        return asked

    def prepared(self, sort: str, names: Collection[str]) -> Prepared:
        """The statement for these filters, compiled once: a page in this order, or the counts."""
        key = (sort, frozenset(names))
        if key not in self.known:
            self.known[key] = prepared(self.page(sort, names) if sort else self.counts(names))
        return self.known[key]

    def page(self, sort: str, names: Collection[str]) -> "Select[*tuple[Any, ...]]":
        """The rows of a page; ties go by id."""
        order = [self.column(sort.lstrip("-")), *table_of(self.table).primary_key]
        return (
            select(*table_of(self.table).columns)
            .where(*self.conditions(names))
            .order_by(*(column.desc() if sort.startswith("-") else column for column in order))
            .limit(bindparam("size_", type_=Integer))
            .offset(bindparam("offset_", type_=Integer))
        )

    def counts(self, names: Collection[str]) -> "Select[*tuple[Any, ...]]":
        """How many rows there are, by state where there is one."""
        number = select(func.count()).select_from(self.table).where(*self.conditions(names))
        if self.counts_by is None:
            return number
        state = self.column(self.counts_by)
        return number.with_only_columns(state, func.count()).group_by(state)

    def conditions(self, names: Collection[str]) -> list[ColumnElement[bool]]:
        """What must hold of a row, by the names of what was asked for."""
        return [self.condition(name) for name in sorted(names)]

    def condition(self, name: str) -> Any:
        if name == "q":
            pattern = bindparam("q", type_=String)
            return or_(*(cast(self.column(one), String).ilike(pattern) for one in self.search))
        ranges = {f"{stem_of(one)}_{end}": one for one in self.filters for end in ("from", "to")}
        if name not in self.filters and name in ranges:
            column = self.column(ranges[name])
            limit = bindparam(name, type_=column.type)
            return column >= limit if name.endswith("_from") else column <= limit
        column = self.column(name)
        if self.filters.get(name) == "in":
            return column.in_(bindparam(name, type_=column.type, expanding=True))
        return column == bindparam(name, type_=column.type)


def stem_of(name: str) -> str:
    """`ordered` of `ordered_on`: a range is asked as `ordered_from` and `ordered_to`."""
    return name.removesuffix("_on").removesuffix("_at")


def filter_parameters(name: str, kind: Kind) -> list[tuple[str, Any, Any]]:
    match kind:
        case "range":
            stem = stem_of(name)
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
