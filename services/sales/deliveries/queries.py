"""Questions about deliveries."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.sales.deliveries.rules import LIFECYCLE, DeliveryNotFound
from services.sales.deliveries.tables import Delivery, DeliveryLine
from shared.actor import Actor
from shared.contracts.sales.deliveries import DeliveryLineShown, DeliveryListed, DeliveryShown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Delivery,
    {"state": "in", "order_id": "ref", "customer_id": "ref", "shipped_on": "range"},
    sort=("number", "created_at"),
    search=("number", "order_number", "shipment_number", "invoice_number"),
)


async def find_delivery(session: AsyncSession, actor: Actor, id: UUID) -> Delivery:
    delivery = await session.get(Delivery, id)
    if delivery is None or delivery.company_id != actor.company_id:
        raise DeliveryNotFound(delivery_id=id)
    return delivery


async def delivery_lines(session: AsyncSession, id: UUID) -> Sequence[DeliveryLine]:
    rows = await session.execute(
        select(DeliveryLine)
        .where(col(DeliveryLine.delivery_id) == id)
        .order_by(col(DeliveryLine.id))
    )
    return list(rows.scalars())


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
