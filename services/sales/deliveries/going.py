"""A delivery on its way, under the locks of its order and its own: looked at and kept as one."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlmodel import col

from services.sales.copies.tables import CustomerCopy
from services.sales.deliveries.tables import Delivery, DeliveryLine
from services.sales.orders.tables import SalesOrder, SalesOrderLine
from shared.bulk import update_rows
from shared.database import AsyncSession

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
