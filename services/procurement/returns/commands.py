"""Returns to suppliers: ordered here, sent by inventory."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.procurement.arrivals.tables import Arrival, ArrivalLine
from services.procurement.orders.commands import lock_order, take_replacement
from services.procurement.orders.tables import PurchaseOrder, PurchaseOrderLine
from services.procurement.returns.rules import ArrivalLineUnknown, ReturnedTooMuch
from services.procurement.returns.tables import SupplierReturn
from shared.auth import Actor
from shared.bulk import insert_numbered, update_rows
from shared.contracts.procurement.events import ReturnOrdered
from shared.contracts.procurement.orders import OrderReturn
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import record
from shared.session import now, today

SERIES = "RS"


async def order_return(session: AsyncSession, actor: Actor, wish: OrderReturn) -> SupplierReturn:
    """Send a part of an arrival lot back; a replacement is to come on the same order line."""
    found = await session.execute(
        select(ArrivalLine, Arrival)
        .join(Arrival, col(Arrival.id) == col(ArrivalLine.arrival_id))
        .where(
            col(ArrivalLine.id) == wish.arrival_line_id,
            col(ArrivalLine.company_id) == actor.company_id,
        )
    )
    if (pair := found.first()) is None:
        raise ArrivalLineUnknown(id=wish.arrival_line_id)
    arrival: Arrival = pair[1]
    order, lines = await lock_order(session, arrival.order_id)
    line = await session.get_one(
        ArrivalLine, wish.arrival_line_id, with_for_update=True, populate_existing=True
    )
    if line.returned + wish.quantity > line.quantity:
        raise ReturnedTooMuch(
            lot_number=line.lot_number, left=line.quantity - line.returned, asked=wish.quantity
        )
    line.returned += wish.quantity
    if wish.replace:
        take_replacement(session, order, lines, line.order_line_id, wish.quantity)
    row = return_row(session, actor, wish, line, order)
    await update_rows(
        session,
        (ArrivalLine, [line], ("returned",)),
        (PurchaseOrder, [order], ("state", "version")),
        (PurchaseOrderLine, lines, ("replaced",)),
    )
    await insert_numbered(session, SERIES, today(session), [row])
    tell_ordered(session, row, line.order_line_id)
    return row


def return_row(
    session: AsyncSession,
    actor: Actor,
    wish: OrderReturn,
    line: ArrivalLine,
    order: PurchaseOrder,
) -> SupplierReturn:
    return SupplierReturn(
        id=new_id(),
        company_id=actor.company_id,
        number="",
        state="ordered",
        created_by=actor.subject,
        created_at=now(session),
        arrival_id=line.arrival_id,
        order_id=order.id,
        supplier_id=order.supplier_id,
        item_id=line.item_id,
        lot_number=line.lot_number,
        returned_on=today(session),
        **wish.model_dump(),
    )


def tell_ordered(session: AsyncSession, row: SupplierReturn, order_line_id: UUID) -> None:
    record(
        session,
        ReturnOrdered(
            return_id=row.id,
            number=row.number,
            arrival_id=row.arrival_id,
            arrival_line_id=row.arrival_line_id,
            order_id=row.order_id,
            order_line_id=order_line_id,
            supplier_id=row.supplier_id,
            item_id=row.item_id,
            quantity=row.quantity,
            reason=row.reason,
        ),
    )


async def close_return(session: AsyncSession, id: UUID) -> None:
    """Inventory has sent it; hearing so twice changes nothing."""
    row = await session.get(SupplierReturn, id, with_for_update=True)
    if row is not None and row.state == "ordered":
        row.state, row.version = "closed", row.version + 1
