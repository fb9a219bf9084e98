"""Structures of many items as columns: fractions reduced, phantoms blown through, levels."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.production.mrp.engine.faults import (
    PlanningCycle,
    PlanningItemUnknown,
    PlanningOverflow,
)
from services.production.mrp.engine.read_rows import Ints, Keyed, Keys
from services.production.mrp.engine.scaling import LARGEST

MILLION = 10**6
DEEP = 200  # levels at which a structure is looked through for a cycle


@dataclass(frozen=True, slots=True)
class Structure:
    """Edges by the places of their items among the sorted keys, and each item's lowest level."""

    parent: Ints
    component: Ints
    numerator: Ints
    denominator: Ints
    first: Ints
    last: Ints
    level: Ints


def structure_of(
    keys: Keys, items: dict[str, Ints], lines: Keyed, blown: npt.NDArray[np.bool_], buckets: int
) -> Structure:
    """Edges between items that are planned. Raises PlanningCycle with the path."""
    parent, component = (found(keys, one) for one in (lines.key, lines.other))
    first = np.maximum(lines.numbers["first"], 0)
    last = np.minimum(lines.numbers["last"], buckets - 1)
    keep = (first <= last) & (lines.numbers["per_6"] > 0)
    top, below = fractions(items["decimals"], parent, component, lines)
    edges = Edges(*(one[keep] for one in (parent, component, top, below, first, last)))
    levels(keys, edges)  # a cycle through a phantom is one too
    edges = special(keys, items, edges, blown)
    return Structure(*edges.columns, level=levels(keys, edges))


@dataclass(frozen=True, slots=True)
class Edges:
    parent: Ints
    component: Ints
    top: Ints
    below: Ints
    first: Ints
    last: Ints

    @property
    def columns(self) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
        return self.parent, self.component, self.top, self.below, self.first, self.last


def found(keys: Keys, wanted: Keys) -> Ints:
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0)).astype(np.int64)
    bad = np.flatnonzero(keys[place] != wanted) if len(keys) else np.arange(len(wanted))
    if len(bad):
        item = str(UUID(bytes=bytes(wanted[bad[0]]).ljust(16, b"\0")))
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


def levels(keys: Keys, edges: Edges) -> Ints:
    """The deepest level of each item, 0 at the top, one sweep over all edges per level."""
    level = np.zeros(len(keys), np.int64)
    for depth in range(max(len(keys), 1) + 1):
        lower = level[edges.parent] + 1
        rising = lower > level[edges.component]
        if not rising.any():
            return level
        np.maximum.at(level, edges.component[rising], lower[rising])
        if depth in (DEEP, len(keys)):
            refuse_cycle(keys, edges)
    return level


def refuse_cycle(keys: Keys, edges: Edges) -> None:
    """Peel off what has no parent until nothing is left; what is left hangs below a cycle."""
    parents: defaultdict[int, list[int]] = defaultdict(list)
    for parent, component in zip(edges.parent.tolist(), edges.component.tolist(), strict=True):
        parents[component].append(parent)
    children: defaultdict[int, list[int]] = defaultdict(list)
    for component, above in parents.items():
        for parent in above:
            children[parent].append(component)
    missing = {component: len(above) for component, above in parents.items()}
    ready = [place for place in children if place not in missing]
    for place in ready:
        for component in children[place]:
            missing[component] -= 1
            if missing[component] == 0:
                ready.append(component)
    left = sorted(place for place, count in missing.items() if count)
    if not left:
        return
    path = [left[0]]
    while path[-1] not in path[:-1]:
        path.append(min(one for one in parents[path[-1]] if missing.get(one, 0)))
    around = path[path.index(path[-1]) :][::-1]
    raise PlanningCycle(path=[str(UUID(bytes=bytes(keys[one]).ljust(16, b"\0"))) for one in around])


def special(
    keys: Keys, items: dict[str, Ints], edges: Edges, blown: npt.NDArray[np.bool_]
) -> Edges:
    """Blow phantoms through and merge double lines, in exact fractions; the rest is untouched.

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
    reached = np.isin(edges.parent, edges.parent[through | touched])
    if not reached.any():
        return edges
    merged = blown_through(edges, reached, blown, items["yield_6"])
    return joined(keys, edges, ~reached, merged)


def blown_through(
    edges: Edges, reached: npt.NDArray[np.bool_], blown: npt.NDArray[np.bool_], yields: Ints
) -> dict[tuple[int, int, int, int], Fraction]:
    """The reached edges of real parents, in fractions, by parent, component and period."""
    own: defaultdict[int, list[tuple[int, Fraction, int, int]]] = defaultdict(list)
    for place in np.flatnonzero(reached).tolist():
        share = Fraction(int(edges.top[place]), int(edges.below[place]))
        own[int(edges.parent[place])].append(
            (int(edges.component[place]), share, int(edges.first[place]), int(edges.last[place]))
        )
    merged: defaultdict[tuple[int, int, int, int], Fraction] = defaultdict(Fraction)
    for parent in own:
        if blown[parent]:
            continue
        waiting = list(own[parent])
        while waiting:
            component, share, first, last = waiting.pop()
            if not blown[component]:
                merged[parent, component, first, last] += share
                continue
            started = Fraction(MILLION, int(yields[component]))
            for below, each, begin, end in own.get(component, ()):
                span = max(first, begin), min(last, end)
                if span[0] <= span[1]:
                    waiting.append((below, share * started * each, *span))
    return merged


def joined(
    keys: Keys,
    edges: Edges,
    kept: npt.NDArray[np.bool_],
    merged: dict[tuple[int, int, int, int], Fraction],
) -> Edges:
    for (parent, component, _, _), share in merged.items():
        if max(share.numerator, share.denominator) >= LARGEST:
            pair = [
                str(UUID(bytes=bytes(keys[one]).ljust(16, b"\0"))) for one in (parent, component)
            ]
            raise PlanningOverflow(item=" > ".join(pair), field="per")
    rows = [
        (parent, component, share.numerator, share.denominator, first, last)
        for (parent, component, first, last), share in sorted(merged.items())
    ]
    fresh = np.array(rows, np.int64).reshape(-1, 6)
    return Edges(*(np.concatenate((one[kept], fresh[:, n])) for n, one in enumerate(edges.columns)))
