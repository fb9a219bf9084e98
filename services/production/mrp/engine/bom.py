"""Structures made ready to plan: phantoms blown through, scrap folded in, levels, cycles named."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.production.mrp.engine.faults import (
    BucketOutOfHorizon,
    PlanningCycle,
    PlanningItemUnknown,
    PlanningNumberOutOfRange,
    PlanningOverflow,
)
from services.production.mrp.engine.given import Given, Item, Line
from services.production.mrp.engine.scaling import LARGEST, RATIO_DECIMALS, ratio, reduced, scaled

WHOLE = 10**RATIO_DECIMALS
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edge:
    """Smallest units of the component per smallest unit of the parent's start, as a fraction."""

    parent: str
    component: str
    numerator: int
    denominator: int
    first: int
    last: int


def prepare(given: Given, items: Mapping[str, Item], blown: set[str]) -> list[Edge]:
    """The edges between items that are planned, merged per component and period, in order of ids.

    A blown phantom has none of its own: its parents need its components directly, so that the only
    rounding is that of the real order.
    """
    lines = lines_by_parent(given, items)
    merged: dict[tuple[str, str, int, int], tuple[int, int]] = {}
    for parent in items:
        if parent in blown:
            continue
        for line, fraction, (first, last) in expanded(parent, lines, items, blown, given):
            top = fraction[0] * 10 ** items[line.component].decimals
            below = fraction[1] * 10 ** items[parent].decimals
            key = (parent, line.component, first, last)
            if key in merged:
                one, other = merged[key]
                top, below = top * other + one * below, below * other
            merged[key] = small(reduced(top, below), f"{parent} > {line.component}")
    return [
        Edge(parent, component, *fraction, first, last)
        for (parent, component, first, last), fraction in sorted(merged.items())
    ]


def small(fraction: tuple[int, int], name: str) -> tuple[int, int]:
    if max(fraction) >= LARGEST:
        raise PlanningOverflow(item=name, field="per")
    return fraction


def lines_by_parent(given: Given, items: Mapping[str, Item]) -> Mapping[str, Sequence[Line]]:
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    for line in given.lines:
        for id in (line.parent, line.component):
            if id not in items:
                raise PlanningItemUnknown(item=id, named_in=f"{line.parent} > {line.component}")
        lines[line.parent].append(line)
    check_no_cycle(items, lines)
    return lines


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


def check_no_cycle(items: Mapping[str, Item], lines: Mapping[str, Sequence[Line]]) -> None:
    """Refuse a structure that contains itself, with one such path from an item back to itself."""
    levels = low_levels(
        items, {parent: [line.component for line in own] for parent, own in lines.items()}
    )
    left = sorted(id for id in items if id not in levels)
    if not left:
        return
    # All that is left hangs below a cycle: going up within it must come round.
    parents: dict[str, str] = {}
    for id in left:
        for line in lines.get(id, ()):
            if line.component not in levels:
                parents[line.component] = min(id, parents.get(line.component, id))
    path = [left[0]]
    while path[-1] not in path[:-1]:
        path.append(parents[path[-1]])
    raise PlanningCycle(path=path[path.index(path[-1]) :][::-1])


def low_levels(items: Iterable[str], children: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The deepest level of each item, 0 at the top; items on or below a cycle have none."""
    missing = dict.fromkeys(items, 0)
    for components in children.values():
        for component in components:
            missing[component] += 1
    levels = dict.fromkeys((id for id, parents in missing.items() if parents == 0), 0)
    ready = list(levels)
    for id in ready:
        for component in children.get(id, ()):
            levels[component] = max(levels.get(component, 0), levels[id] + 1)
            missing[component] -= 1
            if missing[component] == 0:
                ready.append(component)
    return {id: level for id, level in levels.items() if missing[id] == 0}
