"""Which facts must wait for which. Pure.

Values depend on order: an item's moves are valued in inventory's order, and a completion after all
that was charged to its order. What does not share a key may be posted in any order (decision 20).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class Queued(Protocol):
    """A fact's place: where it comes from, what it keeps others from, what keeps it."""

    @property
    def id(self) -> UUID: ...
    @property
    def source(self) -> str: ...
    @property
    def position(self) -> int: ...
    @property
    def holds(self) -> Sequence[str]: ...
    @property
    def behind(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Keys:
    """`holds`: what later facts wait for while this one is parked; `behind`: what it waits for."""

    holds: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


def items(ids: Iterable[UUID]) -> tuple[str, ...]:
    return tuple(f"item:{id}" for id in sorted(set(ids)))


def order(id: UUID) -> str:
    return f"order:{id}"


def ahead_of(fact: Queued, parked: Iterable[Queued]) -> Queued | None:
    """The first parked fact that this one must not overtake; None: the way is free."""
    for other in parked:
        if other.id == fact.id or not set(other.holds) & set(fact.behind):
            continue
        if other.source != fact.source or other.position < fact.position:
            return other
    return None
