"""Structures made ready to plan: phantoms blown through, scrap and substitutes folded in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.production.mrp.engine.faults import (
    BucketOutOfHorizon,
    PlanningItemTwice,
    PlanningItemUnknown,
    PlanningNumberOutOfRange,
    PlanningOverflow,
)
from services.production.mrp.engine.given import Given, Item, Line
from services.production.mrp.engine.precedence import check_no_cycle
from services.production.mrp.engine.scaling import LARGEST, RATIO_DECIMALS, ratio, reduced, scaled

WHOLE = 10**RATIO_DECIMALS
Range = tuple[int, int]
StandIn = tuple[int, str, int, int]
"""Priority, id, and how many of it stand in for one of the component, as a fraction."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Smallest units of the component per smallest unit of the parent's start, as a fraction."""

    parent: str
    component: str
    numerator: int
    denominator: int
    first: int
    last: int
    instead: tuple[StandIn, ...] = ()


def prepare(given: Given, items: Mapping[str, Item], blown: set[str]) -> list[Edge]:
    """The edges between items that are planned, in order of ids.

    Those of one component, period and list of substitutes are merged to one.

    A blown phantom has none of its own: its parents need its components directly, so that the only
    rounding is that of the real order.
    """
    lines = lines_by_parent(given, items)
    merged: dict[tuple[str, str, int, int, tuple[StandIn, ...]], tuple[int, int]] = {}
    for parent in items:
        if parent in blown:
            continue
        for line, fraction, (first, last) in expanded(parent, lines, items, blown, given):
            top = fraction[0] * 10 ** items[line.component].decimals
            below = fraction[1] * 10 ** items[parent].decimals
            key = (parent, line.component, first, last, stand_ins(line, items))
            if key in merged:
                one, other = merged[key]
                top, below = top * other + one * below, below * other
            merged[key] = small(reduced(top, below), f"{parent} > {line.component}")
    return [
        Edge(parent, component, *fraction, first, last, instead)
        for (parent, component, first, last, instead), fraction in sorted(merged.items())
    ]


def stand_ins(line: Line, items: Mapping[str, Item]) -> tuple[StandIn, ...]:
    """A line's substitutes by priority, with how many of each stand in for one component."""
    found: list[StandIn] = []
    name = f"{line.parent} > {line.component}"
    top, below = ratio(line.per, name, "per")
    for one in line.substitutes:
        per, of = ratio(line.per if one.per is None else one.per, name, "substitutes.per")
        if per == 0:
            raise PlanningNumberOutOfRange(
                item=f"{name} / {one.component}", field="substitutes.per", value=one.per, above="0"
            )
        scales = 10 ** items[one.component].decimals, 10 ** items[line.component].decimals
        fraction = small(reduced(per * below * scales[0], of * top * scales[1]), name)
        found.append((one.priority, one.component, *fraction))
    return tuple(sorted(found))


def small(fraction: tuple[int, int], name: str) -> tuple[int, int]:
    if max(fraction) >= LARGEST:
        raise PlanningOverflow(item=name, field="per")
    return fraction


def lines_by_parent(given: Given, items: Mapping[str, Item]) -> Mapping[str, Sequence[Line]]:
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    for line in given.lines:
        for id in (line.parent, line.component, *(one.component for one in line.substitutes)):
            if id not in items:
                raise PlanningItemUnknown(item=id, named_in=f"{line.parent} > {line.component}")
        check_once(line)
        lines[line.parent].append(line)
    check_no_cycle(items, lines)
    return lines


def check_once(line: Line) -> None:
    """Each substitute once, and none in place of itself."""
    seen = {line.component}
    for one in line.substitutes:
        if one.component in seen:
            raise PlanningItemTwice(
                item=one.component, named_in=f"{line.parent} > {line.component}"
            )
        seen.add(one.component)


def expanded(
    parent: str,
    lines: Mapping[str, Sequence[Line]],
    items: Mapping[str, Item],
    blown: set[str],
    given: Given,
) -> Iterable[tuple[Line, tuple[int, int], Range]]:
    """The lines that a parent's order needs, through blown phantoms: line, ratio, period."""
    waiting: list[tuple[str, tuple[int, int], Range]] = [(parent, (1, 1), (0, given.buckets - 1))]
    while waiting:
        holder, (top, below), (first, last) = waiting.pop()
        for line in lines.get(holder, ()):
            one, other = line_ratio(line)
            fraction = (top * one, below * other)
            period = max(first, line.first or 0), min(last, line_last(line, given))
            if period[0] > period[1] or fraction[0] == 0:
                continue
            if line.component in blown:
                good, started = ratio(items[line.component].yield_, line.component, "yield")
                waiting.append(
                    (line.component, (fraction[0] * started, fraction[1] * good), period)
                )
            else:
                yield line, fraction, period


def line_ratio(line: Line) -> tuple[int, int]:
    """Components per started unit, scrap included: per / (1 - scrap)."""
    name = f"{line.parent} > {line.component}"
    top, below = ratio(line.per, name, "per")
    lost = scaled(line.scrap, RATIO_DECIMALS, name, "scrap")
    if lost >= WHOLE:
        raise PlanningNumberOutOfRange(item=name, field="scrap", value=line.scrap, below="1")
    return (top * WHOLE, below * (WHOLE - lost)) if lost else (top, below)


def line_last(line: Line, given: Given) -> int:
    if line.first is not None and line.last is not None and line.first > line.last:
        raise BucketOutOfHorizon(item=f"{line.parent} > {line.component}", bucket=line.last)
    return given.buckets - 1 if line.last is None else min(line.last, given.buckets - 1)
