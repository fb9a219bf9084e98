"""Drafting sales orders: placed, changed, priced."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, func, select, text
from sqlmodel import col

from services.sales.copies.queries import items_by_id
from services.sales.copies.rules import HOME_CURRENCY, CustomerNotKnown, ItemNotKnown, RateMissing
from services.sales.copies.tables import CustomerCopy, ItemCopy, RateCopy
from services.sales.orders.commands import lock_order
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
from shared.bulk import asking, insert_numbered, rows_json
from shared.contracts.sales.events import SalesApprovalChanged
from shared.contracts.sales.orders import ChangeOrder, OrderLineWish, PlaceOrder
from shared.database import AsyncSession
from shared.decimals import cents
from shared.ids import new_id
from shared.session import now, today

# The customer, the items and the day's rate in the order's currency, in one statement.
MASTERS = asking(
    select(CustomerCopy).where(
        col(CustomerCopy.id) == bindparam("customer"),
        col(CustomerCopy.company_id) == bindparam("company"),
    ),
    select(ItemCopy).where(
        col(ItemCopy.company_id) == bindparam("company"),
        col(ItemCopy.id).in_(bindparam("items", expanding=True)),
    ),
    select(RateCopy)
    .where(
        col(RateCopy.company_id) == bindparam("company"),
        col(RateCopy.currency)
        == func.coalesce(
            bindparam("currency", type_=Text()),
            select(col(CustomerCopy.currency))
            .where(col(CustomerCopy.id) == bindparam("customer"))
            .scalar_subquery(),
        ),
        col(RateCopy.day) <= bindparam("day"),
        col(RateCopy.active),
    )
    .order_by(col(RateCopy.day).desc())
    .limit(1),
)


async def place_order(session: AsyncSession, actor: Actor, wish: PlaceOrder) -> SalesOrder:
    """A draft: nothing is promised yet."""
    day, company = today(session), actor.company_id
    wanted = {line.item_id for line in wish.lines}
    asked = {"customer": wish.customer_id, "company": company, "items": list(wanted)}
    customers, items, rates = await MASTERS.of(session, **asked, currency=wish.currency, day=day)
    if not customers:
        raise CustomerNotKnown(customer_id=wish.customer_id)
    customer = customers[0]
    if not customer.active:
        raise CustomerNotActive(customer=customer.code)
    check_items({item.id: item for item in items}, wish.lines)
    currency = wish.currency or customer.currency
    if currency != HOME_CURRENCY and not rates:
        raise RateMissing(currency=currency, day=day)
    rate = Decimal(1) if currency == HOME_CURRENCY else rates[0].rate
    sums = total(line_amounts(line.quantity, line.price, line.tax_rate) for line in wish.lines)
    order = SalesOrder(
        id=new_id(),
        company_id=company,
        number="",
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
    rows = line_rows(order.id, company, wish.lines)
    await insert_numbered(session, "SO", day, [order], (SalesOrderLine, rows))
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


# The lines before are put away first, since line numbers are unique among those that stand.
REPLACE = text("""
WITH gone AS (
  UPDATE sales_order_line SET active = false WHERE order_id = :order AND active RETURNING id
), before AS (SELECT count(*) FROM gone)
INSERT INTO sales_order_line
SELECT given.* FROM before,
  jsonb_populate_recordset(CAST(NULL AS sales_order_line), CAST(:rows AS jsonb)) AS given
""")


async def replace_lines(
    session: AsyncSession, order: SalesOrder, wishes: Sequence[OrderLineWish]
) -> None:
    """The lines before stay as rows, inactive; the order takes the new lines' amounts."""
    wanted = {wish.item_id for wish in wishes}
    check_items(await items_by_id(session, order.company_id, wanted), wishes)
    sums = total(line_amounts(line.quantity, line.price, line.tax_rate) for line in wishes)
    order.net, order.tax, order.gross = sums.net, sums.tax, sums.gross
    order.gross_base = cents(sums.gross * order.rate)
    rows = line_rows(order.id, order.company_id, wishes)
    with session.no_autoflush:
        await session.execute(REPLACE, {"order": order.id, "rows": rows_json(rows)})


def check_items(items: Mapping[UUID, ItemCopy], wishes: Sequence[OrderLineWish]) -> None:
    """Refuse items when one is not known, not active or cannot be counted so finely."""
    if missing := sorted({wish.item_id for wish in wishes} - items.keys()):
        raise ItemNotKnown(item_ids=missing)
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
