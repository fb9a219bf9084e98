"""Sales orders under their lock, as their stock is held and given back."""

from uuid import UUID

from services.sales.orders.rules import (
    OrderNotFound,
)
from services.sales.orders.tables import SalesOrder
from shared.database import AsyncSession
from shared.lifecycle import expect_version


async def lock_order(
    session: AsyncSession, company_id: UUID, id: UUID, seen: int | None = None
) -> SalesOrder:
    """The order under its lock, at the version that the caller saw."""
    order = await session.get(SalesOrder, id, with_for_update=True)
    if order is None or order.company_id != company_id:
        raise OrderNotFound(order_id=id)
    expect_version(seen, order.version)
    return order


async def note_allocated(session: AsyncSession, id: UUID) -> None:
    """Stock is held for every line. An id that is no order of ours is a production order's."""
    order = await session.get(SalesOrder, id, with_for_update=True)
    if order is not None and order.state == "approved":
        order.state, order.logistics = "allocated", "allocated"
        order.version += 1


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
