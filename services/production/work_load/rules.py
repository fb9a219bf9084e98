"""What is shown of a load: cells against capacity, overloads, and what fills a cell. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from uuid import UUID

import numpy as np

from services.production.work_load.engine.loading import minutes_within
from services.production.work_load.engine.parts import Part
from services.production.work_load.engine.works import Ints, Reals, Works
from shared.i18n import Bilingual
from shared.problems import NotFound, Refused

Unit = Literal["day", "week", "month"]
Json = dict[str, Any]
Span = tuple[int, int]
CELLS_MAX = 20_000  # of one answer
OVERLOADS_MAX = 100  # told of one answer, the greatest first
HOUR = 60
HUNDREDTH, TENTH = Decimal("0.01"), Decimal("0.1")


class LoadTooLarge(Refused):
    title = Bilingual("The answer would have too many cells", "所查负荷的单元格过多")
    lifted_by = Bilingual(
        "Ask for fewer days, a longer unit or one work centre",
        "缩短日期范围、改用更长的周期或指定一个工作中心",
    )


class LoadDaysWrong(Refused):
    title = Bilingual(
        "The days asked for end before they begin, or lie outside the plan",
        "所查日期的结束早于开始，或超出计划范围",
    )


class WorkCentreUnknown(NotFound):
    title = Bilingual("Production does not know this work centre", "生产中没有此工作中心")


@dataclass(frozen=True, slots=True)
class LoadCentre:
    """A work centre; `minutes` of standard time that it does on a worked day."""

    id: UUID
    code: str
    name: str
    minutes: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Which days of a horizon that begins `today` are shown, both inclusive, and how."""

    today: date
    first: date
    last: date
    unit: Unit
    work_centre: UUID | None


def days_asked(
    today: date, buckets: int, first: date | None, last: date | None
) -> tuple[date, date]:
    """By default from today, and twelve weeks; within the horizon. Raises LoadDaysWrong."""
    end = today + timedelta(days=buckets - 1)
    begin = first or today
    until = last or min(end, begin + timedelta(days=83))
    if not today <= begin <= until <= end:
        raise LoadDaysWrong(**{"from": begin, "until": until, "earliest": today, "latest": end})
    return begin, until


def worked_before(working: str) -> Ints:
    """Of each day of the horizon, and the day after it, how many worked days lie before it."""
    flags = np.frombuffer(working.encode(), np.uint8) == ord("1")
    return np.concatenate(([0], np.cumsum(flags))).astype(np.int64)


def periods(asked: Asked) -> list[tuple[date, date]]:
    """The days asked for, cut into days, weeks from Monday or months; the ends may be cut short."""
    found: list[tuple[date, date]] = []
    begin = asked.first
    while begin <= asked.last:
        end = min(end_of_period(begin, asked.unit), asked.last)
        found.append((begin, end))
        begin = end + timedelta(days=1)
    return found


def end_of_period(day: date, unit: Unit) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day + timedelta(days=6 - day.weekday())
    following = day.replace(day=28) + timedelta(days=4)
    return following - timedelta(days=following.day)


def load_view(
    asked: Asked, centres: Sequence[LoadCentre], minutes: Reals, worked: Ints, without: int
) -> Json:
    """Every centre with its cells; overloads with the most hours over first, then by day and code.

    `minutes` by centre and worked day. A day that is not worked has no cell of its own.
    """
    cuts = [
        (begin, end, first, last)
        for begin, end in periods(asked)
        for first, last in [worked_days(asked, worked, begin, end)]
        if last > first or asked.unit != "day"
    ]
    if len(cuts) * len(centres) > CELLS_MAX:
        raise LoadTooLarge(cells=len(cuts) * len(centres), most=CELLS_MAX)
    edges = np.concatenate((np.zeros((len(centres), 1)), np.cumsum(minutes, axis=1)), axis=1)
    shown: list[Json] = []
    over: list[Json] = []
    for place, centre in enumerate(centres):
        head = {"work_centre_id": str(centre.id), "code": centre.code}
        cells: list[Json] = []
        for begin, end, first, last in cuts:
            load = float(edges[place, last] - edges[place, first])
            cell = cell_of(begin, end, load, (last - first) * centre.minutes)
            cells.append(cell)
            if cell["load_hours"] > cell["capacity_hours"]:
                more = cell["load_hours"] - cell["capacity_hours"]
                over.append({**head, **cell, "over_hours": more})
        shown.append({**head, "name": centre.name, "cells": cells})
    over.sort(key=lambda one: (-one["over_hours"], one["from_on"], one["code"]))
    return {
        "today": asked.today,
        "unit": asked.unit,
        "work_centres": shown,
        "overloads": over[:OVERLOADS_MAX],
        "overload_count": len(over),
        "without_routing": without,
    }


def worked_days(asked: Asked, worked: Ints, begin: date, end: date) -> tuple[int, int]:
    """The worked days of a period as places: from the first up to before the second."""
    first, last = (begin - asked.today).days, (end - asked.today).days + 1
    return int(worked[first]), int(worked[last])


def cell_of(begin: date, end: date, load: float, capacity: float) -> Json:
    hours, able = hours_of(load), hours_of(capacity)
    percent = (hours * 100 / able).quantize(TENTH, ROUND_HALF_UP) if able else None
    return {
        "from_on": begin,
        "until_on": end,
        "load_hours": hours,
        "capacity_hours": able,
        "percent": percent,
    }


def hours_of(minutes: float) -> Decimal:
    return Decimal(minutes / HOUR).quantize(HUNDREDTH)


def pegs_view(part: Part, works: Works, document: Callable[[int], Json], span: Span) -> list[Json]:
    """What loads one centre in the worked days from `span[0]` up to before `span[1]`."""
    minutes = minutes_within(works, *span)
    return [
        {
            **document(int(part.source[works.order[place]])),
            "operation": int(part.routes.operation[works.row[place]]),
            "quantity": Decimal(str(round(float(part.orders.quantity[works.order[place]]), 6))),
            "hours": hours_of(float(minutes[place])),
            "minutes": float(minutes[place]),
            "release": int(part.orders.release[works.order[place]]),
            "receipt": int(part.orders.receipt[works.order[place]]),
        }
        for place in np.flatnonzero(minutes > 0).tolist()
    ]


def most_first(pegs: list[Json]) -> list[Json]:
    """The one with the most minutes first; ties by item, order and operation."""
    return sorted(
        pegs,
        key=lambda one: (
            -one["minutes"], one["item_id"], one["order"] or 0, one["document_id"] or "",
            one["operation"],
        ),
    )  # fmt: skip
