"""Questions about deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlmodel import col

from services.sales.copies.tables import CustomerCopy
from services.sales.deliveries.rules import LIFECYCLE
from services.sales.deliveries.tables import Delivery, DeliveryLine
from services.sales.orders.tables import SalesOrder, SalesOrderLine
from shared.actor import Actor
from shared.bulk import update_rows
from shared.contracts.sales.deliveries import DeliveryLineShown, DeliveryListed, DeliveryShown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Delivery,
    {"state": "in", "order_id": "ref", "customer_id": "ref", "shipped_on": "range"},
    sort=("number", "created_at"),
    search=("number", "order_number", "shipment_number", "invoice_number"),
)


# A delivery with its order and every standing line of that, locked and read at once. The rows that
# change are all locked: one that had to be waited for is read as it stands then.
LOOK = (
    select(SalesOrder, SalesOrderLine, Delivery, DeliveryLine)
    .join(Delivery, col(Delivery.order_id) == col(SalesOrder.id))
    .join(SalesOrderLine, col(SalesOrderLine.order_id) == col(SalesOrder.id))
    .outerjoin(
        DeliveryLine,
        and_(
            col(DeliveryLine.delivery_id) == col(Delivery.id),
            col(DeliveryLine.order_line_id) == col(SalesOrderLine.id),
        ),
    )
    .where(col(Delivery.id) == bindparam("id"), col(SalesOrderLine.active))
    .order_by(col(SalesOrderLine.line))
    .with_for_update(of=[SalesOrder, SalesOrderLine, Delivery])
    .execution_options(populate_existing=True)
)
LOOK_ORDER = (
    select(SalesOrder, SalesOrderLine, CustomerCopy)
    .join(SalesOrderLine, col(SalesOrderLine.order_id) == col(SalesOrder.id))
    .join(CustomerCopy, col(CustomerCopy.id) == col(SalesOrder.customer_id))
    .where(
        col(SalesOrder.id) == bindparam("id"),
        col(SalesOrder.company_id) == bindparam("company"),
        col(SalesOrderLine.active),
    )
    .order_by(col(SalesOrderLine.line))
    .with_for_update(of=[SalesOrder, SalesOrderLine])
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True, slots=True)
class Going:
    """A delivery under its locks, with its order and that order's lines by id."""

    order: SalesOrder
    delivery: Delivery
    ordered: dict[UUID, SalesOrderLine]
    lines: list[DeliveryLine]

    async def keep(self, session: AsyncSession) -> None:
        """Write what changed of all of them in one statement."""
        await update_rows(
            session,
            (SalesOrder, [self.order], ORDER_CHANGES),
            (SalesOrderLine, list(self.ordered.values()), ("delivering", "shipped")),
            (Delivery, [self.delivery], DELIVERY_CHANGES),
            (DeliveryLine, self.lines, ("shipped",)),
        )


ORDER_CHANGES = ("state", "version", "logistics", "billing", "invoiced_base")
DELIVERY_CHANGES = (
    *("state", "version", "shipped_on"),
    *("shipment_number", "invoice_id", "invoice_number"),
)


async def lock_going(session: AsyncSession, id: UUID) -> Going | None:
    """The delivery under its order's lock and its own; None when the id is none of ours."""
    rows = (await session.execute(LOOK, {"id": id})).all()
    if not rows:
        return None
    order, _, delivery, _ = rows[0]
    ordered = {line.id: line for _, line, _, _ in rows}
    return Going(order, delivery, ordered, [row[3] for row in rows if row[3] is not None])


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
