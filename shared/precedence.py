"""In which order things made of one another are planned, where some stand in for others. Pure."""

from collections import defaultdict
from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

Key = TypeVar("Key", bound=str | UUID)


def planned_after(uses: Collection[tuple[Key, Key, Collection[Key]]]) -> dict[Key, list[Key]]:
    """Of each item those that are planned after it, sorted.

    `uses` are (item, component, what may stand in for it). A substitute comes after what it
    stands in for, and that after all items that the substitute is a component of: what their
    needs leave of it must be known.
    """
    after: defaultdict[Key, set[Key]] = defaultdict(set)
    above: defaultdict[Key, set[Key]] = defaultdict(set)
    for item, component, instead in uses:
        after[item].update((component, *instead))
        above[component].add(item)
    for _, component, others in uses:
        for substitute in others:
            after[component].add(substitute)
            for item in above[substitute]:
                after[item].add(component)
    # As text identifiers sort as they do themselves.
    return {item: sorted(behind, key=str) for item, behind in after.items()}
