"""Sales orders under their lock, as their stock is held and given back."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlmodel import col

from services.sales.copies.tables import CustomerCopy, ItemCopy
from services.sales.orders.rules import OrderNotFound
from services.sales.orders.tables import SalesOrder, SalesOrderLine
from shared.batches import Batch
from shared.database import AsyncSession
from shared.lifecycle import expect_version


@dataclass(frozen=True, slots=True)
class Sheet:
    """An order under its lock, with the lines that stand and what they speak about."""

    order: SalesOrder
    customer: CustomerCopy
    lines: list[SalesOrderLine] = field(default_factory=list[SalesOrderLine])
    items: dict[UUID, ItemCopy] = field(default_factory=dict[UUID, ItemCopy])


# One statement locks and looks. What was read beside a lock that had to wait may be older than the
# locked row, so this is for callers that name a version: a change of lines raises it.
LOOK = (
    select(SalesOrder, SalesOrderLine, CustomerCopy, ItemCopy)
    .join(SalesOrderLine, col(SalesOrderLine.order_id) == col(SalesOrder.id))
    .join(CustomerCopy, col(CustomerCopy.id) == col(SalesOrder.customer_id))
    .join(ItemCopy, col(ItemCopy.id) == col(SalesOrderLine.item_id))
    .where(
        col(SalesOrder.id).in_(bindparam("ids", expanding=True)),
        col(SalesOrder.company_id) == bindparam("company"),
        col(SalesOrderLine.active),
    )
    .order_by(col(SalesOrder.customer_id), col(SalesOrder.id), col(SalesOrderLine.line))
    .execution_options(populate_existing=True)
)
LOCK = LOOK.with_for_update(of=[SalesOrder, SalesOrderLine])
LOCK_CREDIT = LOOK.with_for_update(of=[CustomerCopy, SalesOrder])


async def lock_sheets(
    session: AsyncSession, company_id: UUID, batch: Batch, *, credit: bool = False
) -> list[Sheet]:
    """The orders in the callers' order, locked by customer and id, at the versions seen.

    With `credit` the customers are locked as well, so that two orders cannot both fit.
    """
    sheets: dict[UUID, Sheet] = {}
    given = {"ids": list(batch.seen), "company": company_id}
    for order, line, customer, item in await session.execute(
        LOCK_CREDIT if credit else LOCK, given
    ):
        sheet = sheets.setdefault(order.id, Sheet(order, customer))
        sheet.lines.append(line)
        sheet.items[item.id] = item
    versions = {id: sheet.order.version for id, sheet in sheets.items()}
    batch.expect(versions, lambda ids: OrderNotFound(order_id=ids[0]))
    return [sheets[id] for id in batch.left()]


async def lock_sheet(session: AsyncSession, company_id: UUID, id: UUID, seen: int) -> Sheet:
    """One order under its lock, at the version that the caller saw."""
    [sheet] = await lock_sheets(session, company_id, Batch.of_one(id, seen))
    return sheet


async def lock_order(
    session: AsyncSession, company_id: UUID, id: UUID, seen: int | None = None
) -> SalesOrder:
    """The order's head under its lock, at the version that the caller saw."""
    order = await session.get(SalesOrder, id, with_for_update=True)
    if order is None or order.company_id != company_id:
        raise OrderNotFound(order_id=id)
    expect_version(seen, order.version)
    return order


NOTE_ALLOCATED = text("""
UPDATE sales_order SET state = 'allocated', logistics = 'allocated', version = version + 1
WHERE id = :id AND state = 'approved'
""")


async def note_allocated(session: AsyncSession, id: UUID) -> None:
    """Stock is held for every line. An id that is no order of ours is a production order's."""
    await session.execute(NOTE_ALLOCATED, {"id": id})


async def note_released(session: AsyncSession, id: UUID) -> None:
    """Its stock went back: an order that was not cancelled was turned back by a refusal."""
    order = await session.get(SalesOrder, id, with_for_update=True)
    if order is None or order.logistics == "released":
        return
    if order.state in ("approved", "allocated"):
        order.state, order.ended_because = "rejected", "turned back: see the order's saga"
    if order.state in ("rejected", "cancelled"):
        order.logistics = "released"
        order.version += 1
