"""Questions about production orders."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Uuid, bindparam, cast, func, or_, select, text
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
from shared.bulk import asking
from shared.contracts.production.orders import (
    ComponentLotShown,
    ComponentShown,
    OperationShown,
    ProductionOrderListed,
    ProductionOrderShown,
)
from shared.database import AsyncSession
from shared.listing import Listing, ListQuery, Page, paged
from shared.platform_tables import Signature
from shared.signatures import content_hash, described

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


# The order as a person sees it, in one statement.
ID: BindParameter[UUID] = bindparam("id")
COMPONENTS = (
    select(OrderComponent)
    .join(ProductionOrder, col(ProductionOrder.id) == col(OrderComponent.order_id))
    .where(
        col(OrderComponent.order_id) == ID,
        col(OrderComponent.bom_id) == col(ProductionOrder.bom_id),
    )
)
INSTEAD = func.jsonb_path_query(col(OrderComponent.substitutes), text("'$[*].item_id'")).op("#>>")(
    text("'{}'")
)
SHEET = asking(
    select(ProductionOrder).where(col(ProductionOrder.id) == ID),
    select(ItemCopy).where(
        or_(
            col(ItemCopy.id).in_(
                select(col(ProductionOrder.item_id)).where(col(ProductionOrder.id) == ID)
            ),
            col(ItemCopy.id).in_(COMPONENTS.with_only_columns(col(OrderComponent.item_id))),
            col(ItemCopy.id).in_(COMPONENTS.with_only_columns(cast(INSTEAD, Uuid))),
        )
    ),
    COMPONENTS.order_by(col(OrderComponent.line)),
    select(Operation).where(col(Operation.order_id) == ID).order_by(col(Operation.operation)),
    select(ComponentLot)
    .where(col(ComponentLot.order_id) == ID)
    .order_by(col(ComponentLot.moved_on), col(ComponentLot.id)),
    select(Signature).where(col(Signature.document_id) == ID).order_by(col(Signature.signed_at)),
)


async def show_order(session: AsyncSession, actor: Actor, id: UUID) -> ProductionOrderShown:
    """The order with its components, operations, lots and signatures."""
    orders, found, components, operations, lots, signed = await SHEET.of(session, id=id)
    if not orders or orders[0].company_id != actor.company_id:
        raise OrderNotFound(order_id=id)
    order, items = orders[0], {item.id: item for item in found}
    return ProductionOrderShown.model_validate(
        {
            **summary(order, items[order.item_id], actor),
            "components": [component_shown(row, items) for row in components],
            "operations": [OperationShown.model_validate(row) for row in operations],
            "lots": [lot_shown(row, {one.id: one for one in components}, items) for row in lots],
            "signatures": signatures(order, signed),
        }
    )


def component_shown(row: OrderComponent, items: Mapping[UUID, ItemCopy]) -> ComponentShown:
    """The component with codes; also of what its line allows instead."""
    allowed = [
        {**one, "item_code": code_of(items, UUID(one["item_id"]))} for one in row.substitutes
    ]
    more = {"item_code": items[row.item_id].code, "substitutes": allowed}
    return ComponentShown.model_validate(row.model_dump() | more)


def lot_shown(
    row: ComponentLot, components: Mapping[UUID, OrderComponent], items: Mapping[UUID, ItemCopy]
) -> ComponentLotShown:
    """As built: which lot of which item went into which line, and instead of what."""
    more: dict[str, Any] = {"item_code": code_of(items, row.item_id)}
    if line := components.get(row.component_id):
        more["line"] = line.line
        if line.item_id != row.item_id:
            more["instead_of_item_id"] = line.item_id
            more["instead_of_item_code"] = code_of(items, line.item_id)
    return ComponentLotShown.model_validate(row.model_dump() | more)


def code_of(items: Mapping[UUID, ItemCopy], id: UUID) -> str | None:
    return items[id].code if id in items else None


def signatures(order: ProductionOrder, signed: Sequence[Signature]) -> list[dict[str, Any]]:
    """Each signature checked against the content that its meaning stands for."""
    contents: Mapping[str, dict[str, Any]] = {
        RELEASE_MEANING: release_content(order),
        BATCH_MEANING: batch_content(order),
    }
    return [
        one
        for meaning, content in contents.items()
        for one in described([row for row in signed if row.meaning == meaning], content)
    ]


async def operations_of(session: AsyncSession, order_id: UUID) -> Sequence[Operation]:
    rows = await session.execute(
        select(Operation)
        .where(col(Operation.order_id) == order_id)
        .order_by(col(Operation.operation))
    )
    return list(rows.scalars())
