"""Drafting and changing purchase orders, and what other slices do to their lines."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

from services.procurement.copies.commands import items_by_id
from services.procurement.copies.rules import RateMissing, SupplierUnknown
from services.procurement.copies.tables import SupplierCopy
from services.procurement.orders.rules import (
    RUNNING,
    UNISSUED,
    DraftLine,
    LineUnknown,
    NotApprovedSource,
    OrderNotChangeable,
    OrderUnknown,
    PriceMissing,
    QuantityTooFine,
    amounts,
    content,
    state_after,
    too_fine,
    totals,
)
from services.procurement.orders.tables import OrderPeg, PurchaseOrder, PurchaseOrderLine
from services.procurement.sourcing.queries import market_of
from shared.approvals import end_approval
from shared.auth import Actor
from shared.bulk import insert_numbered
from shared.contracts.procurement.events import OpenLine, OrderProgressed, PurchaseApprovalChanged
from shared.contracts.procurement.orders import ChangeOrder, DraftOrder
from shared.database import AsyncSession
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.outbox import record, teller
from shared.session import now, today

SERIES = "PO"


@dataclass(slots=True)
class Draft:
    """One order to be: its supplier, currency with the day's rate, and lines."""

    supplier: SupplierCopy
    currency: str
    rate: Decimal
    lines: list[DraftLine] = field(default_factory=list[DraftLine])


async def draft_orders(
    session: AsyncSession, actor: Actor, drafts: Sequence[Draft]
) -> list[PurchaseOrder]:
    """Write orders with their lines and pegs: one statement, however many."""
    if not drafts:
        return []
    day = today(session)
    orders: list[PurchaseOrder] = []
    lines: list[PurchaseOrderLine] = []
    pegs: list[OrderPeg] = []
    for draft in drafts:
        order_id = new_id()
        own = [
            line_row(actor.company_id, order_id, place, line)
            for place, line in enumerate(draft.lines, start=1)
        ]
        for row, line in zip(own, draft.lines, strict=True):
            pegs += [
                OrderPeg(
                    company_id=actor.company_id,
                    line_id=row.id,
                    requisition_id=peg.requisition_id,
                    quantity=peg.quantity,
                    demand_id=peg.demand_id,
                )
                for peg in line.pegs
            ]
        lines += own
        orders.append(order_row(actor, draft, order_id, own, now(session), day))
    groups = (PurchaseOrderLine, lines), (OrderPeg, pegs)
    await insert_numbered(session, SERIES, day, orders, *groups)
    return orders


def line_row(company_id: UUID, order_id: UUID, place: int, line: DraftLine) -> PurchaseOrderLine:
    money = amounts(line.quantity, line.price, line.tax_rate)
    return PurchaseOrderLine(
        id=new_id(),
        company_id=company_id,
        order_id=order_id,
        line=place,
        item_id=line.item_id,
        quantity=line.quantity,
        price=line.price,
        tax_rate=line.tax_rate,
        net=money["net"],
        tax=money["tax"],
        gross=money["gross"],
        due_on=line.due_on,
        choice=line.choice,
    )


def order_row(
    actor: Actor,
    draft: Draft,
    id: UUID,
    lines: Sequence[PurchaseOrderLine],
    at: datetime,
    day: date,
) -> PurchaseOrder:
    money = totals([line.model_dump() for line in lines])
    return PurchaseOrder(
        id=id,
        company_id=actor.company_id,
        number="",
        state="draft",
        created_by=actor.subject,
        created_at=at,
        supplier_id=draft.supplier.id,
        currency=draft.currency,
        rate=draft.rate,
        payment_days=draft.supplier.payment_days,
        ordered_on=day,
        net=money["net"],
        tax=money["tax"],
        gross=money["gross"],
    )


async def draft_by_hand(session: AsyncSession, actor: Actor, wish: DraftOrder) -> PurchaseOrder:
    """One draft; prices left open are the approved source's of today."""
    day, company_id = today(session), actor.company_id
    wanted = {line.item_id for line in wish.lines}
    market = await market_of(session, company_id, wanted, day, [wish.supplier_id])
    if (supplier := market.suppliers.get(wish.supplier_id)) is None:
        raise SupplierUnknown(supplier_id=wish.supplier_id)
    if (rate := market.rates.get(supplier.currency)) is None:
        raise RateMissing(currency=supplier.currency, day=day)
    draft = Draft(supplier, supplier.currency, rate)
    for line in wish.lines:
        item = market.items[line.item_id]
        if too_fine(line.quantity, item.decimals):
            raise QuantityTooFine(item=item.code, quantity=line.quantity, decimals=item.decimals)
        offers = market.offers.get(line.item_id, [])
        mine = [one for one in offers if one.supplier_id == supplier.id]
        if not mine:
            raise NotApprovedSource(item=item.code, supplier=supplier.code)
        same = mine[0].currency == supplier.currency
        price = line.price if line.price is not None else mine[0].price if same else None
        if price is None:
            raise PriceMissing(item=item.code, supplier=supplier.code)
        draft.lines.append(
            DraftLine(line.item_id, line.quantity, price, line.due_on, line.tax_rate)
        )
    return (await draft_orders(session, actor, [draft]))[0]


async def change_order(
    session: AsyncSession, actor: Actor, id: UUID, wish: ChangeOrder
) -> PurchaseOrder:
    """Change lines before issue. What was approved is void: it begins again as a draft."""
    order, lines = await lock_order(session, id)
    expect_version(wish.version, order.version)
    if order.state not in UNISSUED:
        raise OrderNotChangeable(number=order.number, state=order.state)
    items = await items_by_id(session, actor.company_id, {line.item_id for line in lines})
    known = {line.id: line for line in lines}
    for change in wish.lines:
        if (line := known.get(change.line_id)) is None:
            raise LineUnknown(line_id=change.line_id)
        item = items[line.item_id]
        if too_fine(change.quantity, item.decimals):
            raise QuantityTooFine(item=item.code, quantity=change.quantity, decimals=item.decimals)
        line.quantity, line.price, line.due_on = change.quantity, change.price, change.due_on
        for name, value in amounts(change.quantity, change.price, line.tax_rate).items():
            setattr(line, name, value)
    for name, value in totals([line.model_dump() for line in lines]).items():
        setattr(order, name, value)
    await end_approval(session, order.id, "voided", PurchaseApprovalChanged)
    order.state, order.version = "draft", order.version + 1
    return order


async def lock_order(
    session: AsyncSession, id: UUID
) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
    """The order and its lines in line order; the order's row is the lock of all."""
    found = await lock_orders(session, [id])
    return found[id]


# Lines are locked with their head: whoever had to wait for the lock reads both as they stand then.
LOCK = (
    select(PurchaseOrder, PurchaseOrderLine)
    .join(PurchaseOrderLine, col(PurchaseOrderLine.order_id) == col(PurchaseOrder.id))
    .where(
        col(PurchaseOrder.id).in_(bindparam("ids", expanding=True)),
        col(PurchaseOrder.company_id) == bindparam("company"),
    )
    .order_by(col(PurchaseOrder.id), col(PurchaseOrderLine.line))
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def lock_known(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, tuple[PurchaseOrder, list[PurchaseOrderLine]]]:
    """Those of the ids that are orders of this company, locked in id order, with their lines."""
    asked = {"ids": list(ids), "company": teller(session).company_id}
    found: dict[UUID, tuple[PurchaseOrder, list[PurchaseOrderLine]]] = {}
    for order, line in await session.execute(LOCK, asked):
        found.setdefault(order.id, (order, []))[1].append(line)
    return found


async def lock_orders(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, tuple[PurchaseOrder, list[PurchaseOrderLine]]]:
    """Several orders, locked in id order, each with its lines. Raises OrderUnknown."""
    found = await lock_known(session, ids)
    if missing := [id for id in ids if id not in found]:
        raise OrderUnknown(ids=missing)
    return found


async def pegs_of(
    session: AsyncSession, line_ids: Sequence[UUID]
) -> defaultdict[UUID, list[OrderPeg]]:
    """The pegs of lines, oldest requisition first."""
    found = await session.execute(
        select(OrderPeg)
        .where(col(OrderPeg.line_id).in_(line_ids))
        .order_by(col(OrderPeg.line_id), col(OrderPeg.requisition_id))
    )
    pegs: defaultdict[UUID, list[OrderPeg]] = defaultdict(list)
    for peg in found.scalars():
        pegs[peg.line_id].append(peg)
    return pegs


def content_of(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> dict[str, Any]:
    return content(order.model_dump(), [line.model_dump() for line in lines])


def progress(
    session: AsyncSession,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    state: str | None = None,
) -> None:
    """Bring the headline to what the lines say (or to `state`), and tell what is still to come."""
    arrived = sum((line.arrived - line.replaced for line in lines), Decimal(0))
    order.state = state or state_after([line.open_quantity for line in lines], arrived)
    order.version += 1
    told = tuple(
        OpenLine(line_id=line.id, item_id=line.item_id, open_quantity=line.open_quantity)
        for line in lines
    )
    record(
        session,
        OrderProgressed(order_id=order.id, number=order.number, state=order.state, lines=told),
    )


def take_replacement(
    session: AsyncSession,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    line_id: UUID,
    quantity: Decimal,
) -> None:
    """Goods go back and are to be delivered again: so much more is to come on the line."""
    if order.state not in RUNNING | {"received"}:
        raise OrderNotChangeable(number=order.number, state=order.state)
    line = next(line for line in lines if line.id == line_id)
    line.replaced += quantity
    progress(session, order, lines)


async def close_received(session: AsyncSession, id: UUID) -> bool:
    """Close an order that came in full and is settled; others stay as they are."""
    order, lines = await lock_order(session, id)
    if order.state != "received":
        return False
    progress(session, order, lines, "closed")
    return True
