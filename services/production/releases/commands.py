"""From a plan to a production order, and its signed release under guard."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Uuid, bindparam, cast, func, or_, select, text
from sqlmodel import col

from services.production.copies.queries import effective_boms, effective_ones, items_by_id
from services.production.copies.rules import ItemNotKnown, holds_on
from services.production.copies.tables import BomCopy, CertificateCopy, ItemCopy, RoutingCopy
from services.production.orders.commands import lock_orders, standing
from services.production.orders.queries import release_content
from services.production.orders.rules import (
    LIFECYCLE,
    RELEASE_MEANING,
    check_release,
    components_for,
)
from services.production.orders.tables import Operation, OrderComponent, ProductionOrder
from services.production.plan_to_produce.plan import PLAN
from shared.actor import Actor
from shared.batches import Batch
from shared.bulk import asking, insert_numbered, insert_rows
from shared.contracts.base import Act, ActAll
from shared.contracts.production.events import Component, OrderReleased
from shared.database import AsyncSession
from shared.ids import new_id
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
    orders = [
        ProductionOrder(
            id=new_id(),
            company_id=who.company_id,
            number="",
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
        for wish in wishes
    ]
    planned = [(order, boms[order.item_id]) for order in orders]
    ids = {id for bom in boms.values() for id in components_of(bom)}
    items = await items_by_id(session, who.company_id, ids) if ids else {}
    rows = frozen_components(planned, items)
    await insert_numbered(session, "MO", day, orders, (OrderComponent, rows))
    return orders


def components_of(bom: BomCopy) -> set[UUID]:
    """All that may go in: components, and what their lines allow instead."""
    return {
        UUID(str(one["component_id"]))
        for line in bom.lines
        for one in (line, *line.get("substitutes", ()))
    }


def frozen_components(
    orders: Sequence[tuple[ProductionOrder, BomCopy]], items: Mapping[UUID, ItemCopy]
) -> list[OrderComponent]:
    """What each order takes of its structure; the structure is the order's from here on."""
    decimals = {item.id: item.decimals for item in items.values()}
    rows: list[OrderComponent] = []
    for order, bom in orders:
        order.bom_id = bom.id
        rows += [
            OrderComponent(
                id=new_id(),
                company_id=order.company_id,
                order_id=order.id,
                bom_id=bom.id,
                line=need.line,
                item_id=need.item_id,
                quantity=need.quantity,
                substitutes=need.substitutes,
            )
            for need in components_for(order.quantity, bom.lines, decimals)
        ]
    return rows


async def release_orders(
    session: AsyncSession, actor: Actor, batch: Batch, wish: Act | ActAll
) -> list[ProductionOrder]:
    """The signed start (REQ-42): structure and routing are frozen, the sagas begin.

    One signature stands for the list.
    """
    orders = await lock_orders(session, actor.company_id, batch)
    for order in orders:
        with batch.judging(order.id):
            LIFECYCLE.check("release", order.state, actor, note=wish.note)
    guards = await guards_of(session, actor.company_id, standing(orders, batch), batch)
    documents = [
        Signable("production_order", one.id, one.version, release_content(one))
        for one in standing(orders, batch)
    ]
    await sign_all(
        session, actor, wish.signature, documents, meaning=RELEASE_MEANING, judging=batch.judging
    )
    orders = standing(orders, batch)
    stale = [(one, guards.boms[one.id]) for one in orders if one.bom_id != guards.boms[one.id].id]
    anew = frozen_components(stale, guards.items)
    for order in orders:
        order.routing_id = guards.routings[order.id].id
        order.state, order.version = "released", order.version + 1
    operations = [
        operation_row(order, operation)
        for order in orders
        for operation in guards.routings[order.id].operations
    ]
    await insert_rows(session, (OrderComponent, anew), (Operation, operations))
    await tell_releases(session, orders, [*guards.components, *anew])
    return orders


COMPANY: BindParameter[UUID] = bindparam("company")
# Components, and what their lines allow instead.
ANY_COMPONENT = text("'$.**.component_id'")
ITEMS: BindParameter[Sequence[UUID]] = bindparam("items", expanding=True)
LINE = func.jsonb_path_query(col(BomCopy.lines), ANY_COMPONENT).op("#>>")(text("'{}'"))
COMPONENTS = select(cast(LINE, Uuid)).where(
    col(BomCopy.company_id) == COMPANY, col(BomCopy.active), col(BomCopy.item_id).in_(ITEMS)
)
GUARDS = asking(
    select(ItemCopy).where(
        col(ItemCopy.company_id) == COMPANY,
        or_(col(ItemCopy.id).in_(ITEMS), col(ItemCopy.id).in_(COMPONENTS)),
    ),
    select(BomCopy).where(
        col(BomCopy.company_id) == COMPANY, col(BomCopy.active), col(BomCopy.item_id).in_(ITEMS)
    ),
    select(RoutingCopy).where(
        col(RoutingCopy.company_id) == COMPANY,
        col(RoutingCopy.active),
        col(RoutingCopy.item_id).in_(ITEMS),
    ),
    select(CertificateCopy).where(col(CertificateCopy.company_id) == COMPANY),
    select(OrderComponent)
    .where(col(OrderComponent.order_id).in_(bindparam("orders", expanding=True)))
    .order_by(col(OrderComponent.line)),
)


@dataclass(frozen=True, slots=True)
class Guards:
    """Structure and routing of today by order, items, and the components frozen so far."""

    boms: dict[UUID, BomCopy]
    routings: dict[UUID, RoutingCopy]
    items: dict[UUID, ItemCopy]
    components: list[OrderComponent]


async def guards_of(
    session: AsyncSession, company_id: UUID, orders: Sequence[ProductionOrder], batch: Batch
) -> Guards:
    """All that stands guard over a list of orders; the batch judges what stands in the way."""
    day, wanted = today(session), {order.item_id for order in orders}
    ids = [order.id for order in orders]
    found, revisions, paths, certificates, components = await GUARDS.of(
        session, company=company_id, items=list(wanted), orders=ids
    )
    items = {item.id: item for item in found}
    boms, routings = effective_ones(revisions, day), effective_ones(paths, day)
    certified = {id for row in certificates if holds_on(row, day) for id in row.item_ids}
    for order in orders:
        with batch.judging(order.id):
            if (item := items.get(order.item_id)) is None:
                raise ItemNotKnown(item_ids=[order.item_id])
            check_release(
                item.code,
                day,
                covered=not item.regulated or str(item.id) in certified,
                bom=item.id in boms,
                routing=item.id in routings,
            )
            if missing := sorted(components_of(boms[item.id]) - items.keys()):
                raise ItemNotKnown(item_ids=missing)
    free = standing(orders, batch)
    return Guards(
        {order.id: boms[order.item_id] for order in free},
        {order.id: routings[order.item_id] for order in free},
        items,
        components,
    )


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


async def tell_releases(
    session: AsyncSession, orders: Sequence[ProductionOrder], components: Sequence[OrderComponent]
) -> None:
    """Tell each order as it was frozen, and begin its saga."""
    frozen: defaultdict[tuple[UUID, UUID | None], list[OrderComponent]] = defaultdict(list)
    for one in components:
        frozen[one.order_id, one.bom_id].append(one)
    begun: dict[UUID, dict[str, Any]] = {}
    for order in orders:
        event = told_release(order, frozen[order.id, order.bom_id])
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
            Component.model_validate({**one.model_dump(), "line_id": one.id}) for one in components
        ),
    )
