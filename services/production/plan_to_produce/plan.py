"""Plan to produce: from a released order to its lot in stock. A saga's id is its order's id."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.contracts.inventory.events import CompletionReceived, StockIssued, StockReserved
from shared.contracts.production.events import LotCompleted, LotReleased, OrderClosed
from shared.contracts.quality.events import SourceInspected
from shared.saga import Call, Data, Plan, Step


def reservation(data: Data) -> dict[str, Any]:
    """The body of `PUT /reservations/{id}`: every component of the order."""
    return {
        "reserved_for": "production_order",
        "number": data["number"],
        "lines": data["components"],
    }


def receipt(data: Data) -> dict[str, Any]:
    """The body of `PUT /production-receipts/{id}`: what passed, under the order's own lot."""
    return {
        "order_number": data["number"],
        "item_id": data["item_id"],
        "lot_number": data["lot_number"],
        "serials": data["serials"],
        "quantity": data["released"],
        "usable_until": data["usable_until"],
        "conceded": data["conceded"],
    }


def not_issued(data: Data) -> bool:
    """Once the material has left the shelf there is no reservation left to give back."""
    return not data.get("issued")


def closed(id: UUID, completed: bool, data: Data) -> OrderClosed:  # noqa: FBT001
    """The event that tells the end."""
    return OrderClosed(
        saga_id=id,
        number=data["number"],
        item_id=data["item_id"],
        completed=completed,
        planned=Decimal(data["quantity"]),
        good=Decimal(data["released"] if completed else "0"),
        scrap=Decimal(data.get("scrap", "0")),
    )


PLAN = Plan(
    name="plan_to_produce",
    steps=(
        Step(
            name="reserve components",
            ask=Call("inventory", "PUT", "/reservations/{id}"),
            body=reservation,
            until=StockReserved.subject,
            undo=Call("inventory", "DELETE", "/reservations/{id}"),
            when=not_issued,
        ),
        Step(name="issue components", until=StockIssued.subject),
        Step(name="make the lot", until=LotCompleted.subject),
        Step(name="inspect", until=SourceInspected.subject),
        Step(name="release to stock", until=LotReleased.subject),
        Step(
            name="receive",
            ask=Call("inventory", "PUT", "/production-receipts/{id}"),
            body=receipt,
            until=CompletionReceived.subject,
            final=True,
        ),
    ),
    learns={
        StockIssued.subject: lambda _data: {"issued": True},
        LotCompleted.subject: lambda data: {
            "lot_number": data["lot_number"],
            "serials": data["serials"],
            "usable_until": data["usable_until"],
            "scrap": data["scrap"],
        },
        SourceInspected.subject: lambda data: {"conceded": data["conceded"]},
        LotReleased.subject: lambda data: {
            "released": data["quantity"],
            "serials": data["serials"],
            "scrap": data["scrap"],
        },
    },
    ended=closed,
)
