"""Drafting sales orders: placed, changed, priced."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.sales.copies.queries import customer_by_id, items_by_id, rate_on
from services.sales.orders.commands import lock_order
from services.sales.orders.queries import lines_of
from services.sales.orders.rules import (
    LIFECYCLE,
    CustomerNotActive,
    ItemNotForSale,
    QuantityTooFine,
    line_amounts,
    total,
)
from services.sales.orders.tables import SalesOrder, SalesOrderLine
from shared.actor import Actor
from shared.approvals import end_approval
from shared.contracts.sales.events import SalesApprovalChanged
from shared.contracts.sales.orders import ChangeOrder, OrderLineWish, PlaceOrder
from shared.database import AsyncSession, insert_all
from shared.decimals import cents
from shared.ids import new_id
from shared.numbers import take_number
from shared.session import now, today


async def place_order(session: AsyncSession, actor: Actor, wish: PlaceOrder) -> SalesOrder:
    """A draft: nothing is promised yet."""
    customer = await customer_by_id(session, actor.company_id, wish.customer_id)
    if not customer.active:
        raise CustomerNotActive(customer=customer.code)
    await check_items(session, actor.company_id, wish.lines)
    day, currency = today(session), wish.currency or customer.currency
    rate = await rate_on(session, actor.company_id, currency, day)
    id = new_id()
    rows = line_rows(id, actor.company_id, wish.lines)
    sums = total(line_amounts(line.quantity, line.price, line.tax_rate) for line in wish.lines)
    order = SalesOrder(
        id=id,
        company_id=actor.company_id,
        number=await take_number(session, actor.company_id, "SO", day),
        state="draft",
        created_by=actor.subject,
        created_at=now(session),
        customer_id=customer.id,
        customer_reference=wish.customer_reference,
        ordered_on=day,
        currency=currency,
        rate=rate,
        payment_days=customer.payment_days,
        net=sums.net,
        tax=sums.tax,
        gross=sums.gross,
        gross_base=cents(sums.gross * rate),
    )
    session.add(order)
    await session.flush()
    await insert_all(session, SalesOrderLine, rows)
    return order


async def change_order(
    session: AsyncSession, actor: Actor, id: UUID, seen: int, wish: ChangeOrder
) -> SalesOrder:
    """Change a draft; a submitted order becomes a draft again and its approval is void."""
    order = await lock_order(session, actor.company_id, id, seen)
    LIFECYCLE.check("change", order.state, actor)
    if order.state == "pending_review":
        await end_approval(session, order.id, "voided", SalesApprovalChanged)
    if wish.customer_reference is not None:
        order.customer_reference = wish.customer_reference
    if wish.lines is not None:
        await replace_lines(session, order, wish.lines)
    order.state, order.version = "draft", order.version + 1
    return order


async def replace_lines(
    session: AsyncSession, order: SalesOrder, wishes: Sequence[OrderLineWish]
) -> None:
    """The lines before stay as rows, inactive; the order takes the new lines' amounts."""
    await check_items(session, order.company_id, wishes)
    for line in await lines_of(session, order.id):
        line.active = False
    sums = total(line_amounts(line.quantity, line.price, line.tax_rate) for line in wishes)
    order.net, order.tax, order.gross = sums.net, sums.tax, sums.gross
    order.gross_base = cents(sums.gross * order.rate)
    await session.flush()
    rows = line_rows(order.id, order.company_id, wishes)
    await insert_all(session, SalesOrderLine, rows)


async def check_items(
    session: AsyncSession, company_id: UUID, wishes: Sequence[OrderLineWish]
) -> None:
    """Refuse items when one is not active or cannot be counted so finely."""
    items = await items_by_id(session, company_id, {wish.item_id for wish in wishes})
    if idle := sorted(item.code for item in items.values() if not item.active):
        raise ItemNotForSale(items=idle)
    for wish in wishes:
        item = items[wish.item_id]
        if round(wish.quantity, item.decimals) != wish.quantity:
            raise QuantityTooFine(
                item=item.code, quantity=wish.quantity, unit=item.stock_unit, decimals=item.decimals
            )


def line_rows(
    order_id: UUID,
    company_id: UUID,
    wishes: Sequence[OrderLineWish],
) -> list[dict[str, Any]]:
    """The lines as rows, numbered in tens."""
    rows: list[dict[str, Any]] = []
    for place, wish in enumerate(wishes, start=1):
        amounts = line_amounts(wish.quantity, wish.price, wish.tax_rate)
        rows.append(
            {
                "id": new_id(),
                "company_id": company_id,
                "order_id": order_id,
                "line": place * 10,
                "active": True,
                **wish.model_dump(),
                "net": amounts.net,
                "tax": amounts.tax,
                "gross": amounts.gross,
                "delivering": 0,
                "shipped": 0,
            }
        )
    return rows
