"""Keeping copies: each takes over what is newer, in one statement, in any order."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.production.copies.tables import (
    Copied,
    PurchaseLineCopy,
    RequisitionCopy,
    StockCopy,
)
from shared.contracts.base import Event
from shared.contracts.inventory.events import ItemAvailabilityChanged
from shared.contracts.procurement.events import (
    OrderIssued,
    OrderProgressed,
    RequisitionClosed,
    RequisitionRaised,
)
from shared.copies import keep_newer_rows, newest
from shared.database import AsyncSession, table_of
from shared.outbox import teller


async def keep_newer(session: AsyncSession, kind: type[Copied], event: Event) -> None:
    """Take over the event's full state unless an equal or newer version stands."""
    columns = {column.name for column in table_of(kind).columns}
    told = event.model_dump()
    row = {name: value for name, value in told.items() if name in columns}
    await keep_newer_rows(session, kind, [row])


async def keep_stock(session: AsyncSession, events: Sequence[ItemAvailabilityChanged]) -> None:
    """Take over how items stand, however many in one statement."""
    rows = [{"id": id, **one.model_dump(exclude={"item_id"})} for id, one in newest(events)]
    await keep_newer_rows(session, StockCopy, rows)


async def keep_purchase_lines(
    session: AsyncSession, event: OrderIssued | OrderProgressed, sequence: int
) -> None:
    """What each line still brings, as of the order's event number `sequence`."""
    if isinstance(event, OrderIssued):
        still: list[dict[str, Any]] = [
            {"id": one.line_id, "open_quantity": one.quantity, "due_on": one.due_on}
            | {"item_id": one.item_id}
            for one in event.lines
        ]
    else:
        still = [
            {"id": one.line_id, "open_quantity": one.open_quantity, "item_id": one.item_id}
            for one in event.lines
        ]
    head = {"version": sequence, "order_id": event.order_id}
    rows = [line | head for line in sorted(still, key=lambda one: one["id"].int)]
    await keep_newer_rows(session, PurchaseLineCopy, rows)


async def keep_requisition(
    session: AsyncSession, event: RequisitionRaised | RequisitionClosed
) -> None:
    """Raised: supply to come. Closed otherwise than by an order: no supply any more."""
    if isinstance(event, RequisitionRaised):
        row = {
            "id": event.requisition_id,
            "planned_order_id": event.planned_order_id,
            "item_id": event.item_id,
            "quantity": event.quantity,
            "needed_on": event.needed_on,
            "state": "open",
        }
        taken = ("planned_order_id", "item_id", "quantity", "needed_on")
        await put_requisitions(session, [row], taken)
    elif event.state != "ordered":
        await close_requisitions(session, (event.requisition_id,), "closed")


async def close_requisitions(session: AsyncSession, ids: tuple[UUID, ...], state: str) -> None:
    """Also those not heard of yet: the late `raised` then finds them closed."""
    if ids:
        rows = [{"id": id, "state": state} for id in sorted(set(ids))]
        await put_requisitions(session, rows, ("state",))


async def put_requisitions(
    session: AsyncSession, rows: list[dict[str, Any]], taken: tuple[str, ...]
) -> None:
    company = {"company_id": teller(session).company_id, "quantity": 0}
    fresh = insert(table_of(RequisitionCopy)).values([company | row for row in rows])
    await session.execute(
        fresh.on_conflict_do_update(
            index_elements=["id"], set_={name: fresh.excluded[name] for name in taken}
        )
    )
