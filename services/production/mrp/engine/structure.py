"""Structures of many items as columns: fractions reduced, phantoms blown through, levels."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.production.mrp.engine.faults import PlanningItemUnknown, PlanningOverflow
from services.production.mrp.engine.levels import levels_of, planned_levels
from services.production.mrp.engine.read_rows import Ints, Keyed, Keys
from services.production.mrp.engine.scaling import LARGEST

MILLION = 10**6
StandIn = tuple[int, int, int, int]
"""Priority, place, and how many of it stand in for one of the component, as a fraction."""
StandIns = tuple[StandIn, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """Edges by the places of their items among the sorted keys, and each item's lowest level.

    `told` are the lists of what may stand in, `instead` the place of each edge's list, -1: none.
    """

    parent: Ints
    component: Ints
    numerator: Ints
    denominator: Ints
    first: Ints
    last: Ints
    instead: Ints
    told: list[StandIns]
    level: Ints


def structure_of(
    keys: Keys,
    items: dict[str, Ints],
    lines: Keyed,
    substitutes: Keyed | None,
    blown: npt.NDArray[np.bool_],
    buckets: int,
) -> Structure:
    """Edges between items that are planned. Raises PlanningCycle with the path."""
    parent, component = (found(keys, one) for one in (lines.key, lines.other))
    told = stand_ins(keys, items["decimals"], lines, component, substitutes)
    first = np.maximum(lines.numbers["first"], 0)
    last = np.minimum(lines.numbers["last"], buckets - 1)
    keep = (first <= last) & (lines.numbers["per_6"] > 0)
    top, below = fractions(items["decimals"], parent, component, lines)
    instead = np.full(len(parent), -1)
    if told:
        instead = np.where(np.isin(lines.numbers["line"], list(told)), lines.numbers["line"], -1)
    columns = (parent, component, top, below, first, last, instead)
    edges = Edges(*(one[keep] for one in columns))
    pairs = {place: [one[1] for one in own] for place, own in told.items()}
    levels_of(keys, edges.parent, edges.component)  # a cycle through a phantom is one too
    planned_levels(keys, edges.parent, edges.component, edges.instead, pairs)
    edges, lists = special(keys, items, edges, blown, told)
    pairs = {place: [one[1] for one in own] for place, own in enumerate(lists)}
    level = planned_levels(keys, edges.parent, edges.component, edges.instead, pairs)
    return Structure(*edges.columns, lists, level)


def stand_ins(
    keys: Keys, decimals: Ints, lines: Keyed, component: Ints, substitutes: Keyed | None
) -> dict[int, StandIns]:
    """Of each line that has any its substitutes, by priority."""
    told: defaultdict[int, list[StandIn]] = defaultdict(list)
    if substitutes is None or not len(substitutes):
        return {}
    row_of = {number: row for row, number in enumerate(lines.numbers["line"].tolist())}
    others = found(keys, substitutes.other).tolist()
    columns = [substitutes.numbers[name].tolist() for name in ("line", "per_6", "priority")]
    for other, line, per, priority in zip(others, *columns, strict=True):
        row = row_of[line]
        own = int(lines.numbers["per_6"][row])
        scale = Fraction(10 ** int(decimals[other]), 10 ** int(decimals[component[row]]))
        share = Fraction(per or own, own) * scale if own else Fraction(1)
        if max(share.numerator, share.denominator) >= LARGEST:
            raise PlanningOverflow(item=shown_key(keys, other), field="substitutes.per")
        told[line].append((priority, other, share.numerator, share.denominator))
    return {line: tuple(sorted(own)) for line, own in told.items()}


def shown_key(keys: Keys, place: int) -> str:
    return str(UUID(bytes=bytes(keys[place]).ljust(16, b"\0")))


@dataclass(frozen=True, slots=True)
class Edges:
    parent: Ints
    component: Ints
    top: Ints
    below: Ints
    first: Ints
    last: Ints
    instead: Ints  # the number of the line whose substitutes may stand in, or -1

    @property
    def columns(self) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]:
        share = self.top, self.below
        return self.parent, self.component, *share, self.first, self.last, self.instead


def found(keys: Keys, wanted: Keys) -> Ints:
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0)).astype(np.int64)
    bad = np.flatnonzero(keys[place] != wanted) if len(keys) else np.arange(len(wanted))
    if len(bad):
        item = shown_key(wanted, int(bad[0]))
        raise PlanningItemUnknown(item=item, named_in="structure")
    return place


def fractions(decimals: Ints, parent: Ints, component: Ints, lines: Keyed) -> tuple[Ints, Ints]:
    """Per / (1 - scrap), in smallest units of both: reduced before each product, so none leaves."""
    top, below = lines.numbers["per_6"], np.full(len(lines), MILLION)
    divisor = np.gcd(top, below)
    top, below = top // divisor, below // divisor
    lost = MILLION - lines.numbers["scrap_6"]
    shared = np.gcd(lost, MILLION)
    top, below = product(top, below, MILLION // shared, lost // shared)
    more, less = 10 ** decimals[component], 10 ** decimals[parent]
    shared = np.gcd(more, less)
    return product(top, below, more // shared, less // shared)


def product(top: Ints, below: Ints, other: Ints, under: Ints) -> tuple[Ints, Ints]:
    one, two = np.gcd(top, under), np.gcd(other, below)
    first, second = (top // one, other // two), (below // two, under // one)
    for left, right in (first, second):
        if len(left) and float(np.max(left.astype(float) * right)) >= LARGEST:
            raise PlanningOverflow(item="structure", field="per")
    return first[0] * first[1], second[0] * second[1]


def special(
    keys: Keys,
    items: dict[str, Ints],
    edges: Edges,
    blown: npt.NDArray[np.bool_],
    told: Mapping[int, StandIns],
) -> tuple[Edges, list[StandIns]]:
    """Blow phantoms through and merge double lines, in exact fractions; the rest is untouched.

    So go lines with substitutes. Answers the edges and the lists that their `instead` points to.

    Few edges are special, so these go one by one.
    """
    order = np.lexsort((edges.last, edges.first, edges.component, edges.parent))
    named = np.stack([edges.parent, edges.component, edges.first, edges.last])[:, order]
    equal = np.zeros(len(order), bool)
    same = (named[:, 1:] == named[:, :-1]).all(axis=0)
    equal[1:] |= same
    equal[:-1] |= same
    touched = np.zeros(len(order), bool)
    touched[order] = equal
    through = blown[edges.component] | blown[edges.parent]
    reached = np.isin(edges.parent, edges.parent[through | touched | (edges.instead >= 0)])
    if not reached.any():
        return edges, []
    merged = blown_through(edges, reached, blown, items["yield_6"], told)
    return joined(keys, edges, ~reached, merged)


Merged = tuple[int, int, int, int, StandIns]  # parent, component, first, last, what may stand in


def blown_through(
    edges: Edges,
    reached: npt.NDArray[np.bool_],
    blown: npt.NDArray[np.bool_],
    yields: Ints,
    told: Mapping[int, StandIns],
) -> dict[Merged, Fraction]:
    """The reached edges of real parents, in fractions."""
    own: defaultdict[int, list[tuple[int, Fraction, int, int, StandIns]]] = defaultdict(list)
    for place in np.flatnonzero(reached).tolist():
        share = Fraction(int(edges.top[place]), int(edges.below[place]))
        instead = told.get(int(edges.instead[place]), ())
        own[int(edges.parent[place])].append(
            (
                int(edges.component[place]),
                share,
                int(edges.first[place]),
                int(edges.last[place]),
                instead,
            )
        )
    merged: defaultdict[Merged, Fraction] = defaultdict(Fraction)
    for parent in own:
        if blown[parent]:
            continue
        waiting = list(own[parent])
        while waiting:
            component, share, first, last, instead = waiting.pop()
            if not blown[component]:
                merged[parent, component, first, last, instead] += share
                continue
            started = Fraction(MILLION, int(yields[component]))
            for below, each, begin, end, others in own.get(component, ()):
                span = max(first, begin), min(last, end)
                if span[0] <= span[1]:
                    waiting.append((below, share * started * each, *span, others))
    return merged


def joined(
    keys: Keys, edges: Edges, kept: npt.NDArray[np.bool_], merged: dict[Merged, Fraction]
) -> tuple[Edges, list[StandIns]]:
    for (parent, component, *_), share in merged.items():
        if max(share.numerator, share.denominator) >= LARGEST:
            pair = [shown_key(keys, one) for one in (parent, component)]
            raise PlanningOverflow(item=" > ".join(pair), field="per")
    lists = sorted({instead for *_, instead in merged if instead})
    places = {instead: place for place, instead in enumerate(lists)} | {(): -1}
    rows = [
        (parent, component, share.numerator, share.denominator, first, last, places[instead])
        for (parent, component, first, last, instead), share in sorted(merged.items())
    ]
    fresh = np.array(rows, np.int64).reshape(-1, 7)
    columns = (np.concatenate((one[kept], fresh[:, n])) for n, one in enumerate(edges.columns))
    return Edges(*columns), lists
