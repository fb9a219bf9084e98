"""One delivery: dispatched by inventory, invoiced by finance. A saga's id is its delivery's id."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.contracts.finance.events import InvoicePosted
from shared.contracts.inventory.events import ShipmentDispatched
from shared.contracts.sales.events import DeliveryClosed
from shared.decimals import plain
from shared.saga import Call, Data, Plan, Step


def shipment(data: Data) -> dict[str, Any]:
    """The body of `PUT /shipments/{id}`."""
    return {
        "number": data["number"],
        "order_id": data["order_id"],
        "order_number": data["order_number"],
        "customer_id": data["customer_id"],
        "customer_name": data["customer_name"],
        "address": data["address"],
        "lines": [
            {name: line[name] for name in ("line_id", "item_id", "quantity")}
            for line in data["lines"]
        ],
    }


def invoice(data: Data) -> dict[str, Any]:
    """The body of `PUT /sales-invoices/{id}`: only what was shipped (REQ-77)."""
    return {
        "delivery_number": data["number"],
        "order_id": data["order_id"],
        "order_number": data["order_number"],
        "customer_id": data["customer_id"],
        "currency": data["currency"],
        "rate": data["rate"],
        "payment_days": data["payment_days"],
        "shipped_on": data["shipped_on"],
        "lines": [
            {
                "order_line_id": line["line_id"],
                "item_id": line["item_id"],
                "quantity": data["shipped"][line["line_id"]],
                "price": line["price"],
                "tax_rate": line["tax_rate"],
            }
            for line in data["lines"]
            if line["line_id"] in data["shipped"]
        ],
    }


def dispatched(data: Data) -> dict[str, Any]:
    """What of a dispatch the invoice needs: the day, and the quantity of each order line."""
    return {"shipped_on": data["dispatched_on"], "shipped": shipped_by_line(data["picks"])}


def shipped_by_line(picks: Sequence[dict[str, Any]]) -> dict[str, str]:
    shipped: defaultdict[str, Decimal] = defaultdict(Decimal)
    for pick in picks:
        shipped[str(pick["line_id"])] += Decimal(str(pick["quantity"]))
    return {line_id: plain(quantity) for line_id, quantity in shipped.items()}


def ended(id: UUID, completed: bool, data: Data) -> DeliveryClosed:  # noqa: FBT001
    """The event that tells the end."""
    return DeliveryClosed(
        saga_id=id,
        number=data["number"],
        order_id=UUID(data["order_id"]),
        completed=completed,
    )


PLAN = Plan(
    name="delivery_to_invoice",
    steps=(
        Step(
            name="dispatch",
            ask=Call("inventory", "PUT", "/shipments/{id}"),
            body=shipment,
            until=ShipmentDispatched.subject,
            undo=Call("inventory", "DELETE", "/shipments/{id}"),
        ),
        Step(
            name="invoice",
            ask=Call("finance", "PUT", "/sales-invoices/{id}"),
            body=invoice,
            until=InvoicePosted.subject,
            final=True,  # the goods are gone: from here on there is no back
        ),
    ),
    learns={ShipmentDispatched.subject: dispatched},
    ended=ended,
)
LATE_INVOICE = Plan(
    name="late_invoice",
    steps=(
        Step(
            name="invoice",
            ask=Call("finance", "PUT", "/sales-invoices/{delivery_id}"),
            body=invoice,
        ),
    ),
)
