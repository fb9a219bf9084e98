"""Questions about deliveries."""

from collections.abc import Sequence
from typing import Any

from services.sales.deliveries.rules import LIFECYCLE
from services.sales.deliveries.tables import Delivery, DeliveryLine
from shared.actor import Actor
from shared.contracts.sales.deliveries import DeliveryLineShown, DeliveryListed, DeliveryShown
from shared.listing import Listing

LISTING = Listing(
    Delivery,
    {"state": "in", "order_id": "ref", "customer_id": "ref", "shipped_on": "range"},
    sort=("number", "created_at"),
    search=("number", "order_number", "shipment_number", "invoice_number"),
)


def summary(delivery: Delivery, actor: Actor) -> dict[str, Any]:
    return {
        **delivery.model_dump(),
        "allowed_actions": LIFECYCLE.allowed(delivery.state, actor),
    }


def listed(delivery: Delivery, actor: Actor) -> DeliveryListed:
    return DeliveryListed.model_validate(summary(delivery, actor))


def shown(delivery: Delivery, lines: Sequence[DeliveryLine], actor: Actor) -> DeliveryShown:
    return DeliveryShown.model_validate(
        {
            **summary(delivery, actor),
            "states": {
                "approval": "approved",
                "logistics": "shipped" if delivery.shipped_on else delivery.state,
                "billing": "billed" if delivery.invoice_id else "unbilled",
                "quality": "none",
            },
            "lines": [DeliveryLineShown.model_validate(line) for line in lines],
        }
    )
