"""Levels of many items at once, by whole-array sweeps: the order in which they are planned."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from services.production.mrp.engine.faults import PlanningCycle, PlanningSubstituteCycle
from services.production.mrp.engine.precedence import explained
from services.production.mrp.engine.read_rows import Ints, Keys

DEEP = 200  # levels at which a structure is looked through for a cycle


def planned_levels(
    keys: Keys, parent: Ints, component: Ints, instead: Ints, told: Mapping[int, Sequence[int]]
) -> Ints:
    """The level of each item once substitutes go behind what they stand in for.

    And that behind all parents of the substitute. `instead` is of each edge the list in `told` of
    what may stand in, or -1. Raises PlanningSubstituteCycle with the path.
    """
    further: set[tuple[int, int]] = set()
    for edge in np.flatnonzero(instead >= 0).tolist():
        main = int(component[edge])
        for substitute in told[int(instead[edge])]:
            further |= {(int(parent[edge]), substitute), (main, substitute)}
            further |= {(above, main) for above in parent[component == substitute].tolist()}
    if not further:
        return levels_of(keys, parent, component)
    pairs = np.array(sorted(further), np.int64)
    above = np.concatenate((parent, pairs[:, 0]))
    below = np.concatenate((component, pairs[:, 1]))
    try:
        return levels_of(keys, above, below)
    except PlanningCycle as found:
        path: list[str] = found.members["path"]
        uses = [
            (id_of(keys, parent[edge]), id_of(keys, component[edge]), [
                id_of(keys, one) for one in told.get(int(instead[edge]), ())])
            for edge in range(len(parent))
            if id_of(keys, parent[edge]) in path or instead[edge] >= 0
        ]  # fmt: skip
        raise PlanningSubstituteCycle(path=explained(path, uses)) from found


def id_of(keys: Keys, place: int) -> str:
    return str(UUID(bytes=bytes(keys[place]).ljust(16, b"\0")))


def levels_of(keys: Keys, parent: Ints, component: Ints) -> Ints:
    """The deepest level of each item, 0 at the top, one sweep over all edges per level."""
    level = np.zeros(len(keys), np.int64)
    for depth in range(max(len(keys), 1) + 1):
        lower = level[parent] + 1
        rising = lower > level[component]
        if not rising.any():
            return level
        np.maximum.at(level, component[rising], lower[rising])
        if depth in (DEEP, len(keys)):
            refuse_cycle(keys, parent, component)
    return level


def refuse_cycle(keys: Keys, above: Ints, below: Ints) -> None:
    """Peel off what has no parent until nothing is left; what is left hangs below a cycle."""
    parents: defaultdict[int, list[int]] = defaultdict(list)
    for parent, component in zip(above.tolist(), below.tolist(), strict=True):
        parents[component].append(parent)
    children: defaultdict[int, list[int]] = defaultdict(list)
    for component, own in parents.items():
        for parent in own:
            children[parent].append(component)
    missing = {component: len(own) for component, own in parents.items()}
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
    raise PlanningCycle(path=[id_of(keys, one) for one in around])
