"""Questions about production orders."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.production.copies.queries import items_by_id
from services.production.copies.tables import ItemCopy
from services.production.orders.rules import (
    BATCH_MEANING,
    LIFECYCLE,
    RELEASE_MEANING,
    OrderNotFound,
    passed,
)
from services.production.orders.tables import (
    ComponentLot,
    Operation,
    OrderComponent,
    ProductionOrder,
)
from shared.actor import Actor
from shared.contracts.production.orders import (
    ComponentLotShown,
    ComponentShown,
    OperationShown,
    ProductionOrderListed,
    ProductionOrderShown,
)
from shared.database import AsyncSession
from shared.listing import Listing, ListQuery, Page, paged
from shared.signatures import content_hash, signatures_of

LISTING = Listing(
    ProductionOrder,
    {
        "state": "in",
        "material": "in",
        "demand_id": "ref",
        "item_id": "ref",
        "due_on": "range",
        "lot_number": "eq",
    },
    sort=("number", "due_on", "start_on", "created_at"),
    search=("number", "lot_number", "reason"),
)


async def list_orders(
    session: AsyncSession, query: ListQuery, actor: Actor
) -> Page[ProductionOrderListed]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    items = await items_by_id(session, actor.company_id, {row.item_id for row in rows})
    listed = [
        ProductionOrderListed.model_validate(summary(row, items[row.item_id], actor))
        for row in rows
    ]
    return paged(query, listed, total, counts)


def summary(order: ProductionOrder, item: ItemCopy, actor: Actor) -> dict[str, Any]:
    """What a list shows of an order; enough to sign and act on it."""
    return {
        **order.model_dump(),
        "item_code": item.code,
        "item_name": item.name,
        "states": axes(order),
        "allowed_actions": allowed_actions(order, actor),
        "content_hash": content_hash(signed_content(order)),
        "signature_meaning": RELEASE_MEANING if order.state == "firmed" else BATCH_MEANING,
    }


def axes(order: ProductionOrder) -> dict[str, str]:
    """The four axes of status; billing does not apply to what is made."""
    approval = "open" if order.state in ("planned", "firmed") else "signed"
    quality = "none"
    if order.released_by is not None:
        quality = "released"
    elif order.accepted is not None:
        quality = "inspected"
    elif order.lot_number is not None:
        quality = "to_inspect"
    return {
        "approval": approval,
        "logistics": order.material,
        "billing": "none",
        "quality": quality,
    }


def allowed_actions(order: ProductionOrder, actor: Actor) -> list[str]:
    """The verbs open to this actor; nobody may release what they made."""
    verbs = LIFECYCLE.allowed(order.state, actor, {})
    good = passed(order.accepted, order.conceded)
    blocked: set[str] = set()
    if actor.subject in order.made_by or not good:
        blocked.add("release_to_stock")
    if order.material != "issued":
        blocked |= {"report", "complete"}
    if order.state == "completed" and (
        order.accepted is None or passed(order.accepted, order.conceded)
    ):
        blocked.add("cancel")
    return [verb for verb in verbs if verb not in blocked]


def signed_content(order: ProductionOrder) -> dict[str, Any]:
    """What the next signature stands for: the release before it, the finished lot after it."""
    return release_content(order) if order.state == "firmed" else batch_content(order)


def release_content(order: ProductionOrder) -> dict[str, Any]:
    return {
        "number": order.number,
        "item_id": order.item_id,
        "quantity": order.quantity,
        "due_on": order.due_on,
    }


def batch_content(order: ProductionOrder) -> dict[str, Any]:
    return {
        **release_content(order),
        "lot_number": order.lot_number,
        "serials": order.serials,
        "good": order.good,
        "accepted": (order.accepted or Decimal(0)),
        "conceded": (order.conceded or Decimal(0)),
        "rejected": (order.rejected or Decimal(0)),
    }


async def find_order(session: AsyncSession, actor: Actor, id: UUID) -> ProductionOrder:
    order = await session.get(ProductionOrder, id)
    if order is None or order.company_id != actor.company_id:
        raise OrderNotFound(order_id=id)
    return order


async def show_order(
    session: AsyncSession, actor: Actor, order: ProductionOrder
) -> ProductionOrderShown:
    """The order with its components, lots, operations and signatures."""
    components = await components_of(session, order)
    operations = await operations_of(session, order.id)
    lots = await session.execute(
        select(ComponentLot)
        .where(col(ComponentLot.order_id) == order.id)
        .order_by(col(ComponentLot.moved_on), col(ComponentLot.id))
    )
    ids = {order.item_id, *(component.item_id for component in components)}
    items = await items_by_id(session, actor.company_id, ids)
    return ProductionOrderShown.model_validate(
        {
            **summary(order, items[order.item_id], actor),
            "components": [
                ComponentShown.model_validate(
                    {**row.model_dump(), "item_code": items[row.item_id].code}
                )
                for row in components
            ],
            "operations": [OperationShown.model_validate(row) for row in operations],
            "lots": [ComponentLotShown.model_validate(row) for row in lots.scalars()],
            "signatures": await signatures(session, order),
        }
    )


async def signatures(session: AsyncSession, order: ProductionOrder) -> list[dict[str, Any]]:
    """Each signature checked against the content that its meaning stands for."""
    contents: Mapping[str, dict[str, Any]] = {
        RELEASE_MEANING: release_content(order),
        BATCH_MEANING: batch_content(order),
    }
    found: list[dict[str, Any]] = []
    for meaning, content in contents.items():
        signed = await signatures_of(session, order.id, content)
        found += [one for one in signed if one["meaning"] == meaning]
    return found


async def components_of(session: AsyncSession, order: ProductionOrder) -> list[OrderComponent]:
    """The components of the structure that the order stands on, by line."""
    rows = await session.execute(
        select(OrderComponent)
        .where(col(OrderComponent.order_id) == order.id, col(OrderComponent.bom_id) == order.bom_id)
        .order_by(col(OrderComponent.line))
    )
    return list(rows.scalars())


async def components_by_order(
    session: AsyncSession, orders: Sequence[ProductionOrder]
) -> dict[UUID, list[OrderComponent]]:
    """The components of the structures that the orders stand on, by line. One statement."""
    boms = {order.id: order.bom_id for order in orders}
    rows = await session.execute(
        select(OrderComponent)
        .where(col(OrderComponent.order_id).in_(boms))
        .order_by(col(OrderComponent.order_id), col(OrderComponent.line))
    )
    found: dict[UUID, list[OrderComponent]] = {}
    for row in rows.scalars():
        if row.bom_id == boms[row.order_id]:
            found.setdefault(row.order_id, []).append(row)
    return found


async def operations_of(session: AsyncSession, order_id: UUID) -> Sequence[Operation]:
    rows = await session.execute(
        select(Operation)
        .where(col(Operation.order_id) == order_id)
        .order_by(col(Operation.operation))
    )
    return list(rows.scalars())
