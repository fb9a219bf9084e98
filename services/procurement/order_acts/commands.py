"""What people do to purchase orders: submit, approve, issue, cancel, close."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from services.procurement.copies.commands import items_by_id, supplier_by_id
from services.procurement.orders.commands import content_of, lock_order, pegs_of, progress
from services.procurement.orders.rules import (
    LIFECYCLE,
    RUNNING,
    NotApprovedSource,
    SupplierNotQualified,
    fall_back,
    stages_for,
)
from services.procurement.orders.tables import OrderPeg, PurchaseOrder, PurchaseOrderLine
from services.procurement.requisitions.commands import give_back
from services.procurement.sourcing.queries import obstacles_for, offers_for
from shared.approvals import Subject, approve, end_approval, reject, request_approval
from shared.auth import Actor
from shared.contracts.base import Act
from shared.contracts.procurement.events import (
    OrderIssued,
    OrderLine,
    OrderPriced,
    PricedLine,
    PurchaseApprovalChanged,
)
from shared.database import AsyncSession
from shared.lifecycle import expect_version
from shared.outbox import record
from shared.session import today

Lines = Sequence[PurchaseOrderLine]


async def act_on_order(
    session: AsyncSession, actor: Actor, id: UUID, verb: str, act: Act
) -> PurchaseOrder:
    """One act on one order, at the version that was seen."""
    order, lines = await lock_order(session, id)
    expect_version(act.version, order.version)
    people = {"created_by": order.created_by, "submitted_by": order.submitted_by}
    action = LIFECYCLE.check(verb, order.state, actor, people, act.note)
    note = act.note or ""
    match verb:
        case "submit":
            await submit(session, actor, order, lines)
        case "withdraw":
            await end_approval(session, order.id, "withdrawn", PurchaseApprovalChanged)
        case "approve" | "approve_finance":
            subject = subject_of(order, lines)
            last = await approve(session, subject, actor, PurchaseApprovalChanged, note)
            order.state = "approved" if last else order.state
        case "reject":
            subject = subject_of(order, lines)
            await reject(session, subject, actor, PurchaseApprovalChanged, note)
        case "issue":
            await issue(session, order, lines)
        case "cancel":
            await cancel(session, order, lines)
            return order
        case _:
            progress(session, order, lines, action.target)
            return order
    order.state, order.version = action.target or order.state, order.version + 1
    return order


async def submit(session: AsyncSession, actor: Actor, order: PurchaseOrder, lines: Lines) -> None:
    """Ask for the stages that the amount needs."""
    order.submitted_by = actor.subject
    stages = stages_for(order.gross, order.rate)
    subject = subject_of(order, lines)
    await request_approval(session, subject, stages, actor, PurchaseApprovalChanged)


def subject_of(order: PurchaseOrder, lines: Lines) -> Subject:
    summary = {
        "supplier_id": str(order.supplier_id),
        "gross": str(order.gross),
        "currency": order.currency,
        "lines": len(lines),
    }
    return Subject(
        "order",
        order.id,
        order.number,
        order.version,
        order.company_id,
        content_of(order, lines),
        summary,
    )


async def issue(session: AsyncSession, order: PurchaseOrder, lines: Lines) -> None:
    """The order goes to the supplier, if it may be ordered from today (REQ-07..09)."""
    day, company_id = today(session), order.company_id
    supplier = await supplier_by_id(session, company_id, order.supplier_id)
    items = await items_by_id(session, company_id, {line.item_id for line in lines})
    offers, _ = await offers_for(session, company_id, list(items), day)
    for line in lines:
        item = items[line.item_id]
        if against := obstacles_for(supplier, item, day):
            raise SupplierNotQualified(
                supplier=supplier.code,
                item=item.code,
                causes=[{"code": one.code, **one.text._asdict()} for one in against],
            )
        if not any(one.supplier_id == supplier.id and one.usable for one in offers[line.item_id]):
            raise NotApprovedSource(item=item.code, supplier=supplier.code)
    order.issued_on = day
    pegs = await pegs_of(session, [line.id for line in lines])
    tell_issued(session, order, [(line, pegs[line.id]) for line in lines])
    tell_priced(session, order, lines)


def tell_issued(
    session: AsyncSession,
    order: PurchaseOrder,
    lines: Sequence[tuple[PurchaseOrderLine, Sequence[OrderPeg]]],
) -> None:
    assert order.issued_on is not None
    record(
        session,
        OrderIssued(
            order_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            issued_on=order.issued_on,
            lines=tuple(
                OrderLine(
                    line_id=line.id,
                    item_id=line.item_id,
                    quantity=line.quantity,
                    due_on=line.due_on,
                    requisition_ids=tuple(peg.requisition_id for peg in pegs),
                    demand_ids=tuple(dict.fromkeys(p.demand_id for p in pegs if p.demand_id)),
                )
                for line, pegs in lines
            ),
        ),
    )


def tell_priced(session: AsyncSession, order: PurchaseOrder, lines: Lines) -> None:
    record(
        session,
        OrderPriced(
            order_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            currency=order.currency,
            rate=order.rate,
            payment_days=order.payment_days,
            ordered_on=order.ordered_on,
            lines=tuple(
                PricedLine(
                    line_id=line.id,
                    item_id=line.item_id,
                    quantity=line.quantity,
                    price=line.price,
                    tax_rate=line.tax_rate,
                )
                for line in lines
            ),
        ),
    )


async def cancel(session: AsyncSession, order: PurchaseOrder, lines: Lines) -> None:
    """Give up what has not come; the requisitions behind it are open again."""
    issued = order.state in RUNNING
    pegs = await pegs_of(session, [line.id for line in lines])
    back: dict[UUID, Decimal] = {}
    for line in lines:
        rest = line.open_quantity
        held = {peg.requisition_id: peg for peg in pegs[line.id]}
        pegged = {id: peg.quantity for id, peg in held.items()}
        surplus = line.quantity - line.cancelled - sum(pegged.values(), Decimal(0))
        for id, quantity in fall_back(rest, surplus, pegged).items():
            held[id].quantity -= quantity
            back[id] = back.get(id, Decimal(0)) + quantity
        line.cancelled += rest
    await give_back(session, back)
    if issued:
        progress(session, order, lines)
        return
    if order.state == "submitted":
        await end_approval(session, order.id, "voided", PurchaseApprovalChanged)
    order.state, order.version = "cancelled", order.version + 1
