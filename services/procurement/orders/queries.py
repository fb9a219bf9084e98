"""Questions about purchase orders."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select
from sqlmodel import col

from services.procurement.copies.tables import ItemCopy, SupplierCopy
from services.procurement.orders.rules import ASKED, ASKED_FINANCE, LIFECYCLE, OrderUnknown, content
from services.procurement.orders.tables import OrderPeg, PurchaseOrder, PurchaseOrderLine
from shared.approval_votes import rights_of
from shared.auth import Actor
from shared.bulk import asking
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


# The whole document in one statement.
ID: BindParameter[UUID] = bindparam("id")
LINES = select(PurchaseOrderLine).where(col(PurchaseOrderLine.order_id) == ID)
DOCUMENT = asking(
    select(PurchaseOrder).where(col(PurchaseOrder.id) == ID),
    LINES.order_by(col(PurchaseOrderLine.line)),
    select(ItemCopy).where(
        col(ItemCopy.id).in_(LINES.with_only_columns(col(PurchaseOrderLine.item_id)))
    ),
    select(OrderPeg)
    .where(col(OrderPeg.line_id).in_(LINES.with_only_columns(col(PurchaseOrderLine.id))))
    .order_by(col(OrderPeg.requisition_id)),
    select(SupplierCopy)
    .join(PurchaseOrder, col(PurchaseOrder.supplier_id) == col(SupplierCopy.id))
    .where(col(PurchaseOrder.id) == ID),
    select(Approval)
    .where(col(Approval.document_id) == ID)
    .order_by(col(Approval.document_version), col(Approval.stage)),
)


async def describe_order(session: AsyncSession, actor: Actor, id: UUID) -> Order:
    """The whole document, with what this actor may do to it."""
    orders, lines, items, pegs, suppliers, stages = await DOCUMENT.of(session, id=id)
    if not orders or orders[0].company_id != actor.company_id:
        raise OrderUnknown(ids=[id])
    order, supplier = orders[0], suppliers[0]
    facts = order.model_dump()
    return Order(
        **facts,
        states=axes(order, lines),
        allowed_actions=tuple(allowed(order, actor, stages)),
        content_hash=content_hash(content(facts, [line.model_dump() for line in lines])),
        supplier_code=supplier.code,
        supplier_name=supplier.name,
        lines=describe_lines(lines, items, pegs),
        approvals=tuple(ApprovalStage.model_validate(stage) for stage in stages),
    )


def describe_lines(
    lines: Sequence[PurchaseOrderLine], items: Sequence[ItemCopy], pegs: Sequence[OrderPeg]
) -> tuple[OrderLineShown, ...]:
    by_id = {item.id: item for item in items}
    served: dict[UUID, list[UUID]] = {line.id: [] for line in lines}
    for peg in pegs:
        served[peg.line_id].append(peg.requisition_id)
    return tuple(
        OrderLineShown(
            **line.model_dump(),
            line_id=line.id,
            item_code=by_id[line.item_id].code,
            item_name=by_id[line.item_id].name,
            open_quantity=line.open_quantity,
            requisition_ids=tuple(served[line.id]),
        )
        for line in lines
    )


def allowed(order: PurchaseOrder, actor: Actor, stages: Sequence[Approval]) -> list[str]:
    """The verbs of the lifecycle; of the approvals only the one whose stage is pending."""
    people = {"created_by": order.created_by, "submitted_by": order.submitted_by}
    open_now = [rights_of(stage) for stage in stages if stage.state == "pending"]
    waiting = frozenset[str]().union(*open_now)
    staged = {"approve": ASKED, "approve_finance": ASKED_FINANCE}
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
