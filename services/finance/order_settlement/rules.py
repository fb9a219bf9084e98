"""When a production order's remaining cost leaves work in progress, and where it goes. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.finance.valuation.rules import ZERO

Outcome = Literal["wait", "order_settled", "order_abandoned"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an order has come, as production told, and what finance holds of it."""

    closed: bool
    completed: bool
    cancelled: bool
    released: Decimal
    received: Decimal
    material: Decimal


def outcome(order: Standing) -> Outcome:
    """A completed order settles once all released goods are in stock; a given-up one at its end.

    Facts of different contexts come in any order: whatever is posted later settles again.
    """
    if order.closed and order.completed:
        return "order_settled" if order.received >= order.released else "wait"
    if order.closed or (order.cancelled and order.material == ZERO):
        return "order_abandoned"
    return "wait"
