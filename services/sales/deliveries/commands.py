"""Deliveries: planned from an allocated order, dispatched by inventory, invoiced by finance."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlmodel import col

from services.sales.copies.tables import CustomerCopy
from services.sales.deliveries.rules import LIFECYCLE, DeliveryNotFound, quantities
from services.sales.deliveries.tables import Delivery, DeliveryLine
from services.sales.delivery_to_invoice.plan import LATE_INVOICE, PLAN, dispatched
from services.sales.orders.rules import LIFECYCLE as ORDER_LIFECYCLE
from services.sales.orders.rules import OrderNotFound, billing_state, shipping_state
from services.sales.orders.tables import SalesOrder, SalesOrderLine
from shared.actor import Actor
from shared.bulk import insert_numbered, update_rows
from shared.contracts.base import Act
from shared.contracts.finance.events import InvoicePosted
from shared.contracts.inventory.events import ShipmentDispatched
from shared.contracts.sales.deliveries import PlanDelivery
from shared.contracts.sales.events import OrderShipped, ShippedLine
from shared.database import AsyncSession
from shared.ids import derived_id, new_id
from shared.lifecycle import expect_version
from shared.outbox import record
from shared.platform_tables import SagaRow
from shared.saga_store import cancel, start
from shared.session import now, today

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


async def plan_delivery(
    session: AsyncSession, actor: Actor, wish: PlanDelivery
) -> tuple[Delivery, list[DeliveryLine]]:
    """Send what is named, or all that is not yet on its way, of an order whose stock is held."""
    asked = {"id": wish.order_id, "company": actor.company_id}
    rows = (await session.execute(LOOK_ORDER, asked)).all()
    if not rows:
        raise OrderNotFound(order_id=wish.order_id)
    order, _, customer = rows[0]
    ORDER_LIFECYCLE.check("deliver", order.state, actor)
    lines = {line.id: line for _, line, _ in rows}
    remaining = {id: line.quantity - line.shipped - line.delivering for id, line in lines.items()}
    wanted: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for one in wish.lines:
        wanted[one.line_id] += one.quantity
    going = quantities(wanted, remaining)
    delivery = Delivery(
        id=new_id(),
        company_id=actor.company_id,
        number="",
        state="planned",
        created_by=actor.subject,
        created_at=now(session),
        order_id=order.id,
        order_number=order.number,
        customer_id=order.customer_id,
        address=wish.address or customer.address,
    )
    for id, quantity in going.items():
        lines[id].delivering += quantity
    order.version += 1
    sent = (SalesOrderLine, [lines[id] for id in going], ("delivering",))
    await update_rows(session, (SalesOrder, [order], ("version",)), sent)
    made = line_rows(delivery, going, lines)
    await insert_numbered(session, "DN", today(session), [delivery], (DeliveryLine, made))
    knows = saga_data(order, delivery, customer, [(lines[id], q) for id, q in going.items()])
    await start(session, PLAN, delivery.id, knows)
    return delivery, made


def line_rows(
    delivery: Delivery, going: Mapping[UUID, Decimal], lines: Mapping[UUID, SalesOrderLine]
) -> list[DeliveryLine]:
    return [
        DeliveryLine(
            id=new_id(),
            company_id=delivery.company_id,
            delivery_id=delivery.id,
            order_line_id=id,
            item_id=lines[id].item_id,
            quantity=quantity,
        )
        for id, quantity in going.items()
    ]


def saga_data(
    order: SalesOrder,
    delivery: Delivery,
    customer: CustomerCopy,
    going: Sequence[tuple[SalesOrderLine, Decimal]],
) -> dict[str, Any]:
    """What the delivery's saga knows: enough for the shipment and, later, for the invoice."""
    return {
        "number": delivery.number,
        "order_id": str(order.id),
        "order_number": order.number,
        "customer_id": str(order.customer_id),
        "customer_name": customer.name,
        "address": delivery.address,
        "currency": order.currency,
        "rate": str(order.rate),
        "payment_days": order.payment_days,
        "lines": [
            {
                "line_id": str(line.id),
                "item_id": str(line.item_id),
                "quantity": str(quantity),
                "price": str(line.price),
                "tax_rate": str(line.tax_rate),
            }
            for line, quantity in going
        ],
    }


async def cancel_delivery(
    session: AsyncSession, actor: Actor, id: UUID, act: Act
) -> tuple[Delivery, list[DeliveryLine]]:
    """Call a planned delivery back; should its dispatch be faster, the dispatch stands."""
    going = await lock_going(session, id)
    if going is None or going.delivery.company_id != actor.company_id:
        raise DeliveryNotFound(delivery_id=id)
    delivery = going.delivery
    expect_version(act.version, delivery.version)
    LIFECYCLE.check("cancel", delivery.state, actor, note=act.note)
    for line in going.lines:
        going.ordered[line.order_line_id].delivering -= line.quantity
    delivery.state, delivery.version = "cancelled", delivery.version + 1
    await going.keep(session)
    await cancel(session, PLAN, id, act.note or "")
    return delivery, going.lines


async def note_dispatched(session: AsyncSession, event: ShipmentDispatched) -> None:
    """Goods left: the order's lines and headline follow, once."""
    going = await lock_going(session, event.saga_id)
    if going is None or going.delivery.shipped_on is not None:
        return
    order, delivery, lines, ordered = going.order, going.delivery, going.lines, going.ordered
    late = delivery.state == "cancelled"
    shipped: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for pick in event.picks:
        shipped[pick.line_id] += pick.quantity
    for line in lines:
        line.shipped = shipped[line.order_line_id]
        ordered[line.order_line_id].shipped += line.shipped
        ordered[line.order_line_id].delivering -= 0 if late else line.quantity
    delivery.state, delivery.version = "shipped", delivery.version + 1
    delivery.shipped_on, delivery.shipment_number = event.dispatched_on, event.number
    pairs = [(line.quantity, line.shipped) for line in ordered.values()]
    order.state = order.logistics = shipping_state(pairs, order.state)
    order.version += 1
    await going.keep(session)
    tell_shipped(session, order, delivery, lines)
    if late:
        await invoice_late(session, delivery, event)


def tell_shipped(
    session: AsyncSession, order: SalesOrder, delivery: Delivery, lines: Sequence[DeliveryLine]
) -> None:
    assert delivery.shipped_on is not None
    record(
        session,
        OrderShipped(
            order_id=order.id,
            number=order.number,
            delivery_id=delivery.id,
            delivery_number=delivery.number,
            customer_id=order.customer_id,
            state=order.state,
            shipped_on=delivery.shipped_on,
            lines=tuple(
                ShippedLine(line_id=line.order_line_id, quantity=line.shipped)
                for line in lines
                if line.shipped > 0
            ),
        ),
    )


async def invoice_late(
    session: AsyncSession, delivery: Delivery, event: ShipmentDispatched
) -> None:
    """A dispatch overtook the cancelling: the saga has turned back, the invoice is still due."""
    saga = await session.get(SagaRow, delivery.id)
    assert saga is not None
    knows = {
        **saga.data,
        **dispatched(event.model_dump(mode="json")),
        "delivery_id": str(delivery.id),
    }
    await start(session, LATE_INVOICE, derived_id(delivery.id, "late invoice"), knows)


async def note_invoiced(session: AsyncSession, event: InvoicePosted) -> None:
    """The delivery is invoiced; the order is closed once all of it is shipped and invoiced."""
    going = await lock_going(session, event.saga_id)
    if going is None or going.delivery.invoice_id is not None:
        return
    order, delivery = going.order, going.delivery
    last = order.state == "shipped" and await all_invoiced(session, order.id, but=delivery.id)
    delivery.invoice_id, delivery.invoice_number = event.invoice_id, event.number
    delivery.state, delivery.version = "closed", delivery.version + 1
    order.invoiced_base += sum((line.net + line.tax for line in event.lines), Decimal(0))
    order.billing = billing_state(order.invoiced_base, order.gross_base)
    if last:
        order.state, order.billing = "closed", "billed"
    order.version += 1
    await going.keep(session)


async def all_invoiced(session: AsyncSession, order_id: UUID, *, but: UUID) -> bool:
    """True when no other delivery of the order waits for its invoice."""
    rows = await session.execute(
        select(col(Delivery.id))
        .where(
            col(Delivery.order_id) == order_id,
            col(Delivery.id) != but,
            col(Delivery.state).in_(("planned", "shipped")),
        )
        .limit(1)
    )
    return rows.scalar_one_or_none() is None
