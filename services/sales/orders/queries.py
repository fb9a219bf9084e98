"""Questions about sales orders."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

from services.sales.copies.queries import customers_by_id
from services.sales.copies.tables import CustomerCopy, ItemCopy, StockCopy
from services.sales.orders.rules import LIFECYCLE, OrderNotFound
from services.sales.orders.tables import SalesOrder, SalesOrderLine
from shared.actor import Actor
from shared.bulk import asking
from shared.contracts.sales.orders import (
    LineAvailability,
    OrderAvailability,
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


# The order as a person sees it, in one statement.
LINES = select(SalesOrderLine).where(
    col(SalesOrderLine.order_id) == bindparam("id"), col(SalesOrderLine.active)
)
SHEET = asking(
    select(SalesOrder).where(col(SalesOrder.id) == bindparam("id")),
    LINES.order_by(col(SalesOrderLine.line)),
    select(ItemCopy).where(
        col(ItemCopy.id).in_(LINES.with_only_columns(col(SalesOrderLine.item_id)))
    ),
    select(CustomerCopy)
    .join(SalesOrder, col(SalesOrder.customer_id) == col(CustomerCopy.id))
    .where(col(SalesOrder.id) == bindparam("id")),
    select(Approval)
    .where(col(Approval.document_id) == bindparam("id"))
    .order_by(col(Approval.document_version), col(Approval.stage)),
)
APPROVAL_FIELDS = {
    "name", "stage", "state", "requested_by", "decided_by", "decided_at", "note", "quorum", "votes",
    "due_at", "escalated_at",
}  # fmt: skip


async def show_order(session: AsyncSession, actor: Actor, id: UUID) -> OrderShown:
    """The order with its lines and its approvals."""
    orders, lines, found, customers, approvals = await SHEET.of(session, id=id)
    if not orders or orders[0].company_id != actor.company_id:
        raise OrderNotFound(order_id=id)
    items = {item.id: item for item in found}
    return OrderShown.model_validate(
        {
            **summary(orders[0], customers[0].name, actor),
            "lines": [
                {
                    **line.model_dump(),
                    "item_code": items[line.item_id].code,
                    "item_name": items[line.item_id].name,
                }
                for line in lines
            ],
            "approvals": [row.model_dump(include=APPROVAL_FIELDS) for row in approvals],
        }
    )


AVAILABILITY = asking(
    select(SalesOrder).where(col(SalesOrder.id) == bindparam("id")),
    LINES.order_by(col(SalesOrderLine.line)),
    select(ItemCopy).where(
        col(ItemCopy.id).in_(LINES.with_only_columns(col(SalesOrderLine.item_id)))
    ),
    select(StockCopy).where(
        col(StockCopy.id).in_(LINES.with_only_columns(col(SalesOrderLine.item_id)))
    ),
)


async def availability(session: AsyncSession, actor: Actor, id: UUID) -> OrderAvailability:
    """Usable less reserved against each line; lines of one item share it in line order."""
    orders, lines, found, stocks = await AVAILABILITY.of(session, id=id)
    if not orders or orders[0].company_id != actor.company_id:
        raise OrderNotFound(order_id=id)
    items = {item.id: item for item in found}
    left = {stock.id: stock.usable - stock.reserved for stock in stocks}
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
    return OrderAvailability(order_id=id, complete=complete, lines=tuple(answers))


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
