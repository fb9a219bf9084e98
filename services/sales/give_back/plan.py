"""Give back what an allocated order holds, after its customer gave it up.

Order to ship is over by then, so its own undo cannot run; this does the same in the same order.
"""

from uuid import UUID

from shared.contracts.sales.events import OrderTurnedBack
from shared.saga import Call, Data, Plan, Step


def short(data: Data) -> bool:
    return bool(data.get("shortages"))


def ended(_id: UUID, _completed: bool, data: Data) -> OrderTurnedBack:  # noqa: FBT001
    """The event that tells the end."""
    return OrderTurnedBack(saga_id=UUID(data["order_id"]), number=data["number"])


PLAN = Plan(
    name="give_back",
    steps=(
        Step(
            name="give up demand",
            ask=Call("production", "DELETE", "/demands/{order_id}"),
            when=short,
        ),
        Step(
            name="release stock",
            ask=Call("inventory", "DELETE", "/reservations/{order_id}"),
        ),
    ),
    ended=ended,
)
