"""Order to ship, up to allocation (decision 26). A saga's id is its order's id."""

from typing import Any
from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.inventory.events import ReservationAnswered, StockReserved
from shared.contracts.sales.events import OrderAllocated, OrderTurnedBack
from shared.saga import Call, Data, Plan, Step


def reservation(data: Data) -> dict[str, Any]:
    """The body of `PUT /reservations/{id}`: every line, with the customer's remaining life."""
    return {"reserved_for": "sales_order", "number": data["number"], "lines": data["lines"]}


def demand(data: Data) -> dict[str, Any]:
    """The body of `PUT /demands/{id}`: what stock could not hold."""
    lines = [
        {
            "line_id": shortage["line_id"],
            "item_id": shortage["item_id"],
            "quantity": shortage["missing"],
            "needed_on": shortage["needed_on"],
        }
        for shortage in data["shortages"]
    ]
    return {"number": data["number"], "lines": lines}


def short(data: Data) -> bool:
    return bool(data.get("shortages"))


def ended(id: UUID, completed: bool, data: Data) -> Event:  # noqa: FBT001
    """The event that tells the end."""
    kind = OrderAllocated if completed else OrderTurnedBack
    return kind(saga_id=id, number=data["number"])


PLAN = Plan(
    name="order_to_ship",
    steps=(
        Step(
            name="reserve stock",
            ask=Call("inventory", "PUT", "/reservations/{id}"),
            body=reservation,
            until=ReservationAnswered.subject,
            undo=Call("inventory", "DELETE", "/reservations/{id}"),
        ),
        Step(
            name="raise demand",
            ask=Call("production", "PUT", "/demands/{id}"),
            body=demand,
            when=short,
            undo=Call("production", "DELETE", "/demands/{id}"),
            refusals=frozenset({"/problems/demand-given-up", "/problems/demand-differs"}),
        ),
        Step(name="wait for stock", until=StockReserved.subject),
    ),
    learns={ReservationAnswered.subject: lambda data: {"shortages": data["shortages"]}},
    ended=ended,
)
