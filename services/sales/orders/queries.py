"""Questions about sales orders."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from services.sales.copies.queries import (
    customer_by_id,
    customers_by_id,
    free_stock,
    items_by_id,
)
from services.sales.copies.tables import CreditCopy
from services.sales.orders.rules import COMMITTED, LIFECYCLE, OrderNotFound
from services.sales.orders.tables import SalesOrder, SalesOrderLine
from shared.actor import Actor
from shared.contracts.sales.orders import (
    LineAvailability,
    OrderAvailability,
    OrderLineShown,
    OrderListed,
    OrderShown,
)
from shared.database import AsyncSession
from shared.listing import Listing, ListQuery, Page, paged
from shared.platform_tables import Approval

LISTING = Listing(
    SalesOrder,
    {"state": "in", "customer_id": "ref", "ordered_on": "range", "billing": "in"},
    sort=("number", "ordered_on", "created_at"),
    search=("number", "customer_reference"),
)
ZERO = Decimal(0)


async def list_orders(session: AsyncSession, query: ListQuery, actor: Actor) -> Page[OrderListed]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    customers = await customers_by_id(session, {row.customer_id for row in rows})
    listed = [
        OrderListed.model_validate(summary(row, customers[row.customer_id].name, actor))
        for row in rows
    ]
    return paged(query, listed, total, counts)


def summary(order: SalesOrder, customer: str, actor: Actor) -> dict[str, Any]:
    return {
        **order.model_dump(),
        "customer_name": customer,
        "states": axes(order),
        "allowed_actions": LIFECYCLE.allowed(order.state, actor, people(order)),
    }


def people(order: SalesOrder) -> dict[str, str]:
    """Whose hands an approval must not share."""
    return {"submitted_by": order.submitted_by or "", "created_by": order.created_by}


def axes(order: SalesOrder) -> dict[str, str]:
    """The four axes; the headline state is derived from them and the lines."""
    approval = {"draft": "none", "pending_review": "pending", "rejected": "rejected"}
    return {
        "approval": approval.get(order.state, "approved" if order.approved_on else "none"),
        "logistics": order.logistics,
        "billing": order.billing,
        "quality": "none",
    }


async def find_order(session: AsyncSession, actor: Actor, id: UUID) -> SalesOrder:
    order = await session.get(SalesOrder, id)
    if order is None or order.company_id != actor.company_id:
        raise OrderNotFound(order_id=id)
    return order


async def show_order(session: AsyncSession, actor: Actor, order: SalesOrder) -> OrderShown:
    """The order with its lines and its approvals."""
    lines = await lines_of(session, order.id)
    items = await items_by_id(session, order.company_id, {line.item_id for line in lines})
    customer = await customer_by_id(session, order.company_id, order.customer_id)
    approvals = await session.execute(
        select(Approval)
        .where(col(Approval.document_id) == order.id)
        .order_by(col(Approval.document_version), col(Approval.stage))
    )
    shown = [
        OrderLineShown.model_validate(
            {
                **line.model_dump(),
                "item_code": items[line.item_id].code,
                "item_name": items[line.item_id].name,
            }
        )
        for line in lines
    ]
    fields = {"name", "stage", "state", "requested_by", "decided_by", "decided_at", "note"}
    return OrderShown.model_validate(
        {
            **summary(order, customer.name, actor),
            "lines": shown,
            "approvals": [row.model_dump(include=fields) for row in approvals.scalars()],
        }
    )


async def lines_of(session: AsyncSession, order_id: UUID) -> list[SalesOrderLine]:
    """The lines that stand, in line order."""
    rows = await session.execute(
        select(SalesOrderLine)
        .where(col(SalesOrderLine.order_id) == order_id, col(SalesOrderLine.active))
        .order_by(col(SalesOrderLine.line))
    )
    return list(rows.scalars())


async def availability(session: AsyncSession, actor: Actor, order: SalesOrder) -> OrderAvailability:
    """Usable less reserved against each line; lines of one item share it in line order."""
    lines = await lines_of(session, order.id)
    ids = {line.item_id for line in lines}
    items = await items_by_id(session, actor.company_id, ids)
    left = await free_stock(session, actor.company_id, ids)
    answers: list[LineAvailability] = []
    for line in lines:
        free = max(left.get(line.item_id, ZERO), ZERO)
        wanted = line.quantity - line.shipped
        left[line.item_id] = free - min(free, wanted)
        answers.append(
            LineAvailability(
                line_id=line.id,
                item_id=line.item_id,
                item_code=items[line.item_id].code,
                ordered=line.quantity,
                available=min(free, wanted),
                missing=max(wanted - free, ZERO),
                due_on=line.due_on,
            )
        )
    complete = all(not answer.missing for answer in answers)
    return OrderAvailability(order_id=order.id, complete=complete, lines=tuple(answers))


async def receivable_of(session: AsyncSession, customer_id: UUID) -> Decimal:
    """What the customer owes, company currency."""
    credit = await session.get(CreditCopy, customer_id)
    return ZERO if credit is None else credit.receivable


async def open_orders_of(session: AsyncSession, order: SalesOrder) -> Decimal:
    """What the customer's other orders promise and no invoice holds yet, company currency."""
    found = await session.execute(
        select(
            func.coalesce(func.sum(SalesOrder.gross_base - col(SalesOrder.invoiced_base)), 0)
        ).where(
            col(SalesOrder.company_id) == order.company_id,
            col(SalesOrder.customer_id) == order.customer_id,
            col(SalesOrder.state).in_(COMMITTED),
            col(SalesOrder.id) != order.id,
        )
    )
    return Decimal(found.scalar_one())


def approved_content(order: SalesOrder, lines: Sequence[SalesOrderLine]) -> dict[str, Any]:
    """What an approval stands for; anything else may change without voiding it."""
    return {
        "number": order.number,
        "customer_id": order.customer_id,
        "currency": order.currency,
        "rate": order.rate,
        "lines": [
            {
                "id": line.id,
                "item_id": line.item_id,
                "quantity": line.quantity,
                "price": line.price,
                "tax_rate": line.tax_rate,
                "due_on": line.due_on,
            }
            for line in lines
        ],
    }
