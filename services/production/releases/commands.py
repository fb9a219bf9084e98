"""From a plan to a production order, and its signed release under guard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.production.copies.queries import (
    certified_items,
    effective_boms,
    effective_routings,
    items_by_id,
)
from services.production.copies.tables import BomCopy, RoutingCopy
from services.production.orders.commands import lock_orders
from services.production.orders.queries import components_by_order, release_content
from services.production.orders.rules import (
    LIFECYCLE,
    RELEASE_MEANING,
    check_release,
    components_for,
)
from services.production.orders.tables import Operation, OrderComponent, ProductionOrder
from services.production.plan_to_produce.plan import PLAN
from shared.actor import Actor
from shared.batches import naming
from shared.contracts.base import ActAll
from shared.contracts.production.events import Component, OrderReleased
from shared.database import AsyncSession, insert_all
from shared.ids import new_id
from shared.numbers import take_numbers
from shared.outbox import record, teller
from shared.saga_store import start_all
from shared.session import now, today
from shared.signatures import Signable, sign_all


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


async def release_orders(
    session: AsyncSession, actor: Actor, wish: ActAll
) -> list[ProductionOrder]:
    """The signed start (REQ-42): structure and routing are frozen, the sagas begin.

    One signature stands for the list; what is wrong with one refuses all.
    """
    orders = await lock_orders(session, actor.company_id, wish.items)
    for order in orders:
        with naming(order.id):
            LIFECYCLE.check("release", order.state, actor, note=wish.note)
    guarded_by = await guarded(session, actor.company_id, orders)
    documents = [
        Signable("production_order", one.id, one.version, release_content(one)) for one in orders
    ]
    await sign_all(session, actor, wish.signature, documents, meaning=RELEASE_MEANING)
    stale = [
        (one, guarded_by[one.id][0]) for one in orders if one.bom_id != guarded_by[one.id][0].id
    ]
    if stale:
        await freeze_components(session, stale)
    await freeze_operations(session, [(one, guarded_by[one.id][1]) for one in orders])
    for order in orders:
        order.state, order.version = "released", order.version + 1
    await session.flush()
    await tell_releases(session, orders)
    by_id = {order.id: order for order in orders}
    return [by_id[item.id] for item in wish.items]


async def guarded(
    session: AsyncSession, company_id: UUID, orders: Sequence[ProductionOrder]
) -> dict[UUID, tuple[BomCopy, RoutingCopy]]:
    """Structure and routing of today by order; raises the guard that stands in the way of one."""
    day, wanted = today(session), {order.item_id for order in orders}
    items = await items_by_id(session, company_id, wanted)
    boms = await effective_boms(session, day, wanted)
    routings = await effective_routings(session, day, wanted)
    certified = await certified_items(
        session, [id for id, item in items.items() if item.regulated], day
    )
    found: dict[UUID, tuple[BomCopy, RoutingCopy]] = {}
    for order in orders:
        item, bom = items[order.item_id], boms.get(order.item_id)
        routing = routings.get(order.item_id)
        with naming(order.id):
            check_release(
                item.code,
                day,
                covered=not item.regulated or item.id in certified,
                bom=bom is not None,
                routing=routing is not None,
            )
        assert bom is not None
        assert routing is not None
        found[order.id] = (bom, routing)
    return found


async def freeze_operations(
    session: AsyncSession, orders: Sequence[tuple[ProductionOrder, RoutingCopy]]
) -> None:
    rows: list[dict[str, Any]] = []
    for order, routing in orders:
        order.routing_id = routing.id
        rows += [operation_row(order, operation) for operation in routing.operations]
    await insert_all(session, Operation, rows)


def operation_row(order: ProductionOrder, operation: dict[str, Any]) -> dict[str, Any]:
    return {
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


async def tell_releases(session: AsyncSession, orders: Sequence[ProductionOrder]) -> None:
    """Tell each order as it was frozen, and begin its saga."""
    components = await components_by_order(session, orders)
    begun: dict[UUID, dict[str, Any]] = {}
    for order in orders:
        event = told_release(order, components.get(order.id, ()))
        record(session, event)
        told = event.model_dump(mode="json")
        needed_on = max(order.start_on, today(session)).isoformat()
        begun[order.id] = {
            "number": order.number,
            "item_id": told["item_id"],
            "quantity": told["quantity"],
            "components": [{**line, "needed_on": needed_on} for line in told["components"]],
        }
    await start_all(session, PLAN, begun)


def told_release(order: ProductionOrder, components: Sequence[OrderComponent]) -> OrderReleased:
    assert order.bom_id is not None
    assert order.routing_id is not None
    return OrderReleased(
        order_id=order.id,
        number=order.number,
        item_id=order.item_id,
        quantity=order.quantity,
        due_on=order.due_on,
        demand_id=order.demand_id,
        bom_id=order.bom_id,
        routing_id=order.routing_id,
        components=tuple(
            Component(line_id=one.id, item_id=one.item_id, quantity=one.quantity)
            for one in components
        ),
    )
