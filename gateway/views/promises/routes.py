"""What can be promised for a sales order: its lines, what is held of them, and what may come."""

import asyncio
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request

from gateway.proxy.rules import ServiceAway, ServiceSlow
from gateway.views.asking import Missing, ask_one, ask_part
from gateway.views.promises.rules import (
    OrderUnknown,
    answered,
    complete,
    open_lines,
    question,
    wanting,
)
from shared.auth import CurrentActor, needs
from shared.contracts.base import AnyQuantity, Contract, Quantity
from shared.contracts.production.promises import ItemPromise
from shared.service import problems
from shared.session import TransactionRoute

router = APIRouter(prefix="/api/views/promises", tags=["views"], route_class=TransactionRoute)
RIGHTS = (
    "sales.order.read",
    "masterdata.customer.read",
    "inventory.reservation.read",
    "production.promise.read",
)


class PromisedLine(Contract):
    """One line of the order. `open` is neither held nor delivered: that much is asked for."""

    line_id: UUID
    line: int
    item_id: UUID
    item_code: str
    due_on: date
    quantity: Quantity
    held: AnyQuantity
    open: AnyQuantity
    promise: ItemPromise | None


class OrderPromises(Contract):
    """`complete`: every open line can be had by its day; none while production does not answer."""

    order_id: UUID
    number: str
    customer_name: str
    minimum_life_days: int
    complete: bool | None
    lines: tuple[PromisedLine, ...]
    missing: tuple[Missing, ...]


@router.get(
    "",
    dependencies=[needs("gateway.self.read"), *(needs(right) for right in RIGHTS)],
    responses=problems(OrderUnknown, ServiceAway, ServiceSlow),
)
async def show_order_promises(
    order_id: UUID, request: Request, actor: CurrentActor
) -> OrderPromises:
    """What can be promised of each line with the life that the customer asks for (ATP)."""
    order = await ask_one(request, actor, "sales", f"/orders/{order_id}")
    if order is None:
        raise OrderUnknown(order_id=order_id)
    customer, reservation = await asyncio.gather(
        ask_one(request, actor, "masterdata", f"/customers/{order['customer_id']}"),
        ask_one(request, actor, "inventory", f"/reservations/{order_id}"),
    )
    life = customer["minimum_life_days"] if customer else 0
    lines, missing = open_lines(order, reservation), list[Missing]()
    if wanting(lines):
        asked = question(order, lines, life)
        answer, missing = await ask_part(request, actor, "production", "/planning/promises", asked)
        lines = answered(lines, answer) if answer else lines
    return OrderPromises.model_validate(
        {
            "order_id": order_id,
            "number": order["number"],
            "customer_name": order["customer_name"],
            "minimum_life_days": life,
            "complete": None if missing else complete(lines),
            "lines": lines,
            "missing": missing,
        }
    )
