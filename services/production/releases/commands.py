"""From a plan to a production order, and its signed release under guard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.production.copies.queries import (
    certificates_of,
    effective_boms,
    effective_routings,
    items_by_id,
)
from services.production.copies.tables import BomCopy, ItemCopy, RoutingCopy
from services.production.orders.commands import lock_order
from services.production.orders.queries import components_of, release_content
from services.production.orders.rules import (
    LIFECYCLE,
    RELEASE_MEANING,
    check_release,
    components_for,
)
from services.production.orders.tables import Operation, OrderComponent, ProductionOrder
from services.production.plan_to_produce.plan import PLAN
from shared.actor import Actor
from shared.contracts.base import Act
from shared.contracts.production.events import Component, OrderReleased
from shared.database import AsyncSession, insert_all
from shared.ids import new_id
from shared.numbers import take_numbers
from shared.outbox import record, teller
from shared.saga_store import start
from shared.session import now, today
from shared.signatures import sign


@dataclass(frozen=True, slots=True)
class Wish:
    """One order that a plan asks for."""

    item_id: UUID
    quantity: Decimal
    start_on: date
    due_on: date
    reason: str
    demand_id: UUID | None = None
    planned_order_id: UUID | None = None


async def firm_orders(session: AsyncSession, wishes: Sequence[Wish]) -> list[ProductionOrder]:
    """Make planned orders firm: numbered documents with their components as planned today."""
    if not wishes:
        return []
    who, day = teller(session), today(session)
    boms = await effective_boms(session, day, {wish.item_id for wish in wishes})
    numbers = await take_numbers(session, who.company_id, "MO", day, len(wishes))
    orders = [
        ProductionOrder(
            id=new_id(),
            company_id=who.company_id,
            number=number,
            state="firmed",
            created_by=who.actor,
            created_at=now(session),
            item_id=wish.item_id,
            quantity=wish.quantity,
            expected=wish.quantity,
            start_on=wish.start_on,
            due_on=wish.due_on,
            reason=wish.reason,
            demand_id=wish.demand_id,
            planned_order_id=wish.planned_order_id,
        )
        for number, wish in zip(numbers, wishes, strict=True)
    ]
    session.add_all(orders)
    await session.flush()
    await freeze_components(session, [(order, boms[order.item_id]) for order in orders])
    return orders


async def freeze_components(
    session: AsyncSession, orders: Sequence[tuple[ProductionOrder, BomCopy]]
) -> None:
    """Write what each order takes of its structure; the structure is the order's from here on."""
    ids = {UUID(str(line["component_id"])) for _, bom in orders for line in bom.lines}
    decimals = {
        item.id: item.decimals
        for item in (await items_by_id(session, teller(session).company_id, ids)).values()
    }
    rows: list[dict[str, Any]] = []
    for order, bom in orders:
        order.bom_id = bom.id
        rows += [
            {
                "id": new_id(),
                "company_id": order.company_id,
                "order_id": order.id,
                "bom_id": bom.id,
                "line": need.line,
                "item_id": need.item_id,
                "quantity": need.quantity,
                "held": Decimal(0),
                "issued": Decimal(0),
            }
            for need in components_for(order.quantity, bom.lines, decimals)
        ]
    await insert_all(session, OrderComponent, rows)


async def release_order(session: AsyncSession, actor: Actor, id: UUID, act: Act) -> ProductionOrder:
    """The signed start (REQ-42): structure and routing are frozen, the saga begins."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check("release", order.state, actor, note=act.note)
    bom, routing = await guarded(session, order)
    await sign(
        session,
        actor,
        act.signature,
        meaning=RELEASE_MEANING,
        document_type="production_order",
        document_id=order.id,
        document_version=order.version,
        content=release_content(order),
    )
    if order.bom_id != bom.id:
        await freeze_components(session, [(order, bom)])
    await freeze_operations(session, order, routing)
    order.state, order.version = "released", order.version + 1
    await session.flush()
    await tell_release(session, order, routing)
    return order


async def guarded(session: AsyncSession, order: ProductionOrder) -> tuple[BomCopy, RoutingCopy]:
    """The structure and routing that hold today; raises the guard that stands in the way."""
    day = today(session)
    item: ItemCopy = (await items_by_id(session, order.company_id, [order.item_id]))[order.item_id]
    bom = (await effective_boms(session, day, [order.item_id])).get(order.item_id)
    routing = (await effective_routings(session, day, [order.item_id])).get(order.item_id)
    covered = not item.regulated or bool(await certificates_of(session, order.item_id, day))
    check_release(item.code, day, covered=covered, bom=bom is not None, routing=routing is not None)
    assert bom is not None
    assert routing is not None
    return bom, routing


async def freeze_operations(
    session: AsyncSession, order: ProductionOrder, routing: RoutingCopy
) -> None:
    order.routing_id = routing.id
    rows = [
        {
            "order_id": order.id,
            "company_id": order.company_id,
            "operation": operation["operation"],
            "name": operation["name"],
            "kind": operation["kind"],
            "work_centre_id": UUID(operation["work_centre_id"]),
            "setup_minutes": Decimal(operation["setup_minutes"]),
            "run_minutes": Decimal(operation["run_minutes"]),
            "state": "open",
            "good": Decimal(0),
            "scrap": Decimal(0),
            "minutes": Decimal(0),
            "reason": "",
        }
        for operation in routing.operations
    ]
    await insert_all(session, Operation, rows)


async def tell_release(session: AsyncSession, order: ProductionOrder, routing: RoutingCopy) -> None:
    assert order.bom_id is not None
    components = await components_of(session, order)
    lines = tuple(
        Component(line_id=one.id, item_id=one.item_id, quantity=one.quantity) for one in components
    )
    event = OrderReleased(
        order_id=order.id,
        number=order.number,
        item_id=order.item_id,
        quantity=order.quantity,
        due_on=order.due_on,
        demand_id=order.demand_id,
        bom_id=order.bom_id,
        routing_id=routing.id,
        components=lines,
    )
    record(session, event)
    told = event.model_dump(mode="json")
    needed_on = max(order.start_on, today(session)).isoformat()
    knows = {
        "number": order.number,
        "item_id": told["item_id"],
        "quantity": told["quantity"],
        "components": [{**line, "needed_on": needed_on} for line in told["components"]],
    }
    await start(session, PLAN, order.id, knows)
