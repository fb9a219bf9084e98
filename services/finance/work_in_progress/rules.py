"""What an operation costs, and what a completion takes out of an order. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from services.finance.valuation.rules import share
from shared.decimals import cents

MINUTES_PER_HOUR = 60
ELEMENTS = ("material", "labour", "overhead")
Costs = dict[str, Decimal]


class Picked(Protocol):
    """A quantity of an item that was taken or given back."""

    @property
    def item_id(self) -> UUID: ...
    @property
    def quantity(self) -> Decimal: ...


def by_item(picks: Iterable[Picked]) -> dict[UUID, Decimal]:
    """Quantities by item, in id order: lots do not own value under moving average."""
    sums: dict[UUID, Decimal] = defaultdict(Decimal)
    for pick in picks:
        sums[pick.item_id] += pick.quantity
    return dict(sorted(sums.items()))


def operation_cost(minutes: Decimal, labour_rate: Decimal, overhead_rate: Decimal) -> Costs:
    """Absorbed cost of reported minutes; rates are company currency per hour."""
    hours = minutes / MINUTES_PER_HOUR
    return {"labour": cents(hours * labour_rate), "overhead": cents(hours * overhead_rate)}


def completed_share(held: Mapping[str, Decimal], quantity: Decimal, awaited: Decimal) -> Costs:
    """What belongs to a completed quantity: scrap is borne by the good pieces still awaited."""
    return {element: share(held[element], quantity, awaited) for element in ELEMENTS}
