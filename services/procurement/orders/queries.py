"""Questions about purchase orders."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.procurement.copies.commands import items_by_id
from services.procurement.copies.tables import SupplierCopy
from services.procurement.orders.rules import FINANCE, LIFECYCLE, PURCHASING, OrderUnknown, content
from services.procurement.orders.tables import OrderPeg, PurchaseOrder, PurchaseOrderLine
from shared.auth import Actor
from shared.contracts.procurement.orders import ApprovalStage, Order, OrderLineShown, OrderSummary
from shared.database import AsyncSession
from shared.listing import Listing
from shared.platform_tables import Approval
from shared.signatures import content_hash

LISTING = Listing(
    PurchaseOrder,
    {"state": "in", "supplier_id": "ref", "currency": "eq", "ordered_on": "range"},
    sort=("number", "ordered_on", "gross"),
    search=("number",),
)


async def order_by_id(session: AsyncSession, actor: Actor, id: UUID) -> PurchaseOrder:
    order = await session.get(PurchaseOrder, id)
    if order is None or order.company_id != actor.company_id:
        raise OrderUnknown(ids=[id])
    return order


async def suppliers_by_id(
    session: AsyncSession, orders: Sequence[PurchaseOrder]
) -> dict[UUID, SupplierCopy]:
    wanted = {order.supplier_id for order in orders}
    found = await session.execute(select(SupplierCopy).where(col(SupplierCopy.id).in_(wanted)))
    return {supplier.id: supplier for supplier in found.scalars()}


async def describe_orders(
    session: AsyncSession, orders: Sequence[PurchaseOrder]
) -> list[OrderSummary]:
    suppliers = await suppliers_by_id(session, orders)
    return [
        OrderSummary(
            **order.model_dump(),
            supplier_code=suppliers[order.supplier_id].code,
            supplier_name=suppliers[order.supplier_id].name,
        )
        for order in orders
    ]


async def describe_order(session: AsyncSession, actor: Actor, order: PurchaseOrder) -> Order:
    """The whole document, with what this actor may do to it."""
    found = await session.execute(
        select(PurchaseOrderLine)
        .where(col(PurchaseOrderLine.order_id) == order.id)
        .order_by(col(PurchaseOrderLine.line))
    )
    lines = list(found.scalars())
    supplier = (await suppliers_by_id(session, [order]))[order.supplier_id]
    stages = await stages_of(session, order.id)
    facts = order.model_dump()
    return Order(
        **facts,
        states=axes(order, lines),
        allowed_actions=tuple(allowed(order, actor, stages)),
        content_hash=content_hash(content(facts, [line.model_dump() for line in lines])),
        supplier_code=supplier.code,
        supplier_name=supplier.name,
        lines=await describe_lines(session, order.company_id, lines),
        approvals=tuple(ApprovalStage.model_validate(stage) for stage in stages),
    )


async def describe_lines(
    session: AsyncSession, company_id: UUID, lines: Sequence[PurchaseOrderLine]
) -> tuple[OrderLineShown, ...]:
    items = await items_by_id(session, company_id, {line.item_id for line in lines})
    found = await session.execute(
        select(col(OrderPeg.line_id), col(OrderPeg.requisition_id))
        .where(col(OrderPeg.line_id).in_([line.id for line in lines]))
        .order_by(col(OrderPeg.requisition_id))
    )
    pegs: dict[UUID, list[UUID]] = {line.id: [] for line in lines}
    for row in found:
        pegs[row.line_id].append(row.requisition_id)
    return tuple(
        OrderLineShown(
            **line.model_dump(),
            line_id=line.id,
            item_code=items[line.item_id].code,
            item_name=items[line.item_id].name,
            open_quantity=line.open_quantity,
            requisition_ids=tuple(pegs[line.id]),
        )
        for line in lines
    )


async def stages_of(session: AsyncSession, order_id: UUID) -> list[Approval]:
    found = await session.execute(
        select(Approval)
        .where(col(Approval.document_id) == order_id)
        .order_by(col(Approval.document_version), col(Approval.stage))
    )
    return list(found.scalars())


def allowed(order: PurchaseOrder, actor: Actor, stages: Sequence[Approval]) -> list[str]:
    """The verbs of the lifecycle; of the approvals only the one whose stage is pending."""
    people = {"created_by": order.created_by, "submitted_by": order.submitted_by}
    waiting = {stage.permission for stage in stages if stage.state == "pending"}
    staged = {"approve": PURCHASING.permission, "approve_finance": FINANCE.permission}
    return [
        verb
        for verb in LIFECYCLE.allowed(order.state, actor, people)
        if verb not in staged or staged[verb] in waiting
    ]


def axes(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> dict[str, str]:
    """Approval and logistics apart; billing is told by finance."""
    arrived = sum((line.arrived - line.replaced for line in lines), Decimal(0))
    still = sum((line.open_quantity for line in lines), Decimal(0))
    logistics = "none" if arrived == 0 else "partial" if still > 0 else "complete"
    agreed = order.issued_on is not None or order.state == "approved"
    return {"approval": "approved" if agreed else order.state, "logistics": logistics}
