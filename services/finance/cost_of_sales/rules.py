"""Shipped quantities by order line, and how an item's cost is shared among them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from services.finance.valuation.rules import ZERO, share
from shared.contracts.inventory.events import Pick

Shipped = Mapping[tuple[UUID, UUID], Decimal]  # by order line and item


def shipped_lines(picks: Iterable[Pick]) -> dict[tuple[UUID, UUID], Decimal]:
    """Quantities by (order line, item), in order of those."""
    sums: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for pick in picks:
        sums[pick.line_id, pick.item_id] += pick.quantity
    return dict(sorted(sums.items()))


def line_costs(
    shipped: Shipped, items: Mapping[UUID, tuple[Decimal, Decimal]]
) -> dict[tuple[UUID, UUID], Decimal]:
    """Each line's cost; per item (quantity, value) the last line takes what rounding left."""
    left = dict(items)
    costs: dict[tuple[UUID, UUID], Decimal] = {}
    for (line, item), quantity in shipped.items():
        whole, value = left[item]
        costs[line, item] = share(value, quantity, whole) if whole else ZERO
        left[item] = (whole - quantity, value - costs[line, item])
    return costs
