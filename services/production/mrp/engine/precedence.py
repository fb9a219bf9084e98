"""In which order items are planned: parents first, substitutes behind what they stand in for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from services.production.mrp.engine.faults import PlanningCycle, PlanningSubstituteCycle
from services.production.mrp.engine.given import Line
from shared.precedence import planned_after

Children = Mapping[str, Sequence[str]]
Use = tuple[str, str, Sequence[str]]  # parent, component, what may stand in for it


def check_no_cycle(items: Iterable[str], lines: Mapping[str, Sequence[Line]]) -> None:
    """Refuse a structure that contains itself, or substitutes that wait for one another.

    Each with one such path from an item back to itself.
    """
    uses = [
        (line.parent, line.component, [one.component for one in line.substitutes])
        for own in lines.values()
        for line in own
    ]
    direct: defaultdict[str, list[str]] = defaultdict(list)
    for parent, component, instead in uses:
        direct[parent].extend((component, *instead))
    if path := cycle(items, direct):
        raise PlanningCycle(path=path)
    if any(instead for _, _, instead in uses) and (path := cycle(items, planned_after(uses))):
        raise PlanningSubstituteCycle(path=explained(path, uses))


def explained(path: Sequence[str], uses: Sequence[Use]) -> list[str]:
    """The path with the substitute between its parent and what it stands in for."""
    above: defaultdict[str, set[str]] = defaultdict(set)
    for parent, component, _ in uses:
        above[component].add(parent)
    between = {
        (parent, component): substitute
        for _, component, instead in uses
        for substitute in instead
        for parent in above[substitute]
    }
    for parent, component, instead in uses:  # these stand for themselves
        for pair in (
            (parent, component),
            *((one, other) for one in (parent, component) for other in instead),
        ):
            between.pop(pair, None)
    steps = [(one, between.get((one, other))) for one, other in pairwise(path)]
    return [name for step in steps for name in step if name is not None] + [path[-1]]


def cycle(items: Iterable[str], children: Children) -> list[str]:
    """One path from an item back to itself; nothing where there is none."""
    names = list(items)
    levels = low_levels(names, children)
    left = sorted(id for id in names if id not in levels)
    if not left:
        return []
    # All that is left hangs below a cycle: going up within it must come round.
    parents: dict[str, str] = {}
    for id in left:
        for child in children.get(id, ()):
            if child not in levels:
                parents[child] = min(id, parents.get(child, id))
    path = [left[0]]
    while path[-1] not in path[:-1]:
        path.append(parents[path[-1]])
    return path[path.index(path[-1]) :][::-1]


def low_levels(items: Iterable[str], children: Children) -> dict[str, int]:
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
