"""Deciding about sales orders: the gates, the approval, the start of the saga, the giving up."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.sales.copies.queries import certificates, customer_by_id, items_by_id
from services.sales.copies.tables import CustomerCopy
from services.sales.give_back.plan import PLAN as GIVE_BACK
from services.sales.order_to_ship.plan import PLAN
from services.sales.orders.commands import lock_order
from services.sales.orders.queries import (
    approved_content,
    lines_of,
    open_orders_of,
    people,
    receivable_of,
)
from services.sales.orders.rules import (
    LIFECYCLE,
    Cover,
    CustomerNotActive,
    DeliveryOpen,
    Device,
    check_certificates,
    check_credit,
    check_licences,
)
from services.sales.orders.tables import SalesOrder, SalesOrderLine
from shared.actor import Actor
from shared.approvals import Subject, approve, end_approval, reject, request_approval
from shared.contracts.approvals import Stage
from shared.contracts.base import Act
from shared.contracts.sales.events import (
    OrderApproved,
    OrderCancelled,
    OrderLine,
    SalesApprovalChanged,
)
from shared.database import AsyncSession
from shared.ids import derived_id
from shared.outbox import record
from shared.platform_tables import SagaRow
from shared.saga import Phase
from shared.saga_store import cancel, start
from shared.session import today

STAGES = (Stage("commercial", LIFECYCLE["approve"].permission),)


async def submit_order(session: AsyncSession, actor: Actor, id: UUID, act: Act) -> SalesOrder:
    """Ask for approval: every gate must be open, and the credit is taken from here on."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check("submit", order.state, actor, note=act.note)
    lines = await lines_of(session, id)
    customer = await check_gates(session, order, lines)
    order.state, order.version = "pending_review", order.version + 1
    order.submitted_by = actor.subject
    subject = subject_of(order, lines, customer)
    await request_approval(session, subject, STAGES, actor, SalesApprovalChanged)
    return order


async def check_gates(
    session: AsyncSession, order: SalesOrder, lines: Sequence[SalesOrderLine]
) -> CustomerCopy:
    """Licence, certificates and credit, the customer locked so that two orders cannot both fit."""
    customer = await customer_by_id(session, order.company_id, order.customer_id, lock=True)
    if not customer.active:
        raise CustomerNotActive(customer=customer.code)
    day = today(session)
    items = await items_by_id(session, order.company_id, {line.item_id for line in lines})
    devices = [Device(item.id, item.code, item.regulated, item.kind) for item in items.values()]
    check_licences(customer.code, customer.kind, customer.licences, devices, day)
    covers = [
        Cover(frozenset(UUID(id) for id in row.item_ids), row.valid_from, row.valid_to)
        for row in await certificates(session, order.company_id)
    ]
    check_certificates(customer.kind, devices, covers, day)
    check_credit(
        customer.credit_limit,
        await receivable_of(session, customer.id),
        await open_orders_of(session, order),
        order.gross_base,
    )
    return customer


def subject_of(
    order: SalesOrder, lines: Sequence[SalesOrderLine], customer: CustomerCopy
) -> Subject:
    return Subject(
        type="sales_order",
        id=order.id,
        number=order.number,
        version=order.version,
        company_id=order.company_id,
        content=approved_content(order, lines),
        summary={
            "customer": customer.name,
            "gross": str(order.gross),
            "currency": order.currency,
            "lines": len(lines),
        },
    )


async def approve_order(session: AsyncSession, actor: Actor, id: UUID, act: Act) -> SalesOrder:
    """The last yes promises the goods: told, and the saga begins. The gates are checked again."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check("approve", order.state, actor, people(order), act.note)
    lines = await lines_of(session, id)
    customer = await check_gates(session, order, lines)
    subject = subject_of(order, lines, customer)
    if await approve(session, subject, actor, SalesApprovalChanged, act.note or ""):
        order.state, order.logistics = "approved", "waiting"
        order.approved_on = today(session)
        tell_approved(session, order, lines)
        await start(session, PLAN, order.id, saga_data(order, lines, customer))
    order.version += 1
    return order


def tell_approved(
    session: AsyncSession, order: SalesOrder, lines: Sequence[SalesOrderLine]
) -> None:
    record(
        session,
        OrderApproved(
            order_id=order.id,
            number=order.number,
            customer_id=order.customer_id,
            currency=order.currency,
            rate=order.rate,
            approved_on=today(session),
            lines=tuple(
                OrderLine.model_validate({**line.model_dump(), "line_id": line.id})
                for line in lines
            ),
        ),
    )


def saga_data(
    order: SalesOrder, lines: Sequence[SalesOrderLine], customer: CustomerCopy
) -> dict[str, Any]:
    """What order to ship knows: the reservation's lines, with the customer's remaining life."""
    return {
        "number": order.number,
        "lines": [
            {
                "line_id": str(line.id),
                "item_id": str(line.item_id),
                "quantity": str(line.quantity),
                "needed_on": line.due_on.isoformat(),
                "minimum_life_days": customer.minimum_life_days,
            }
            for line in lines
        ],
    }


async def reject_order(session: AsyncSession, actor: Actor, id: UUID, act: Act) -> SalesOrder:
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check("reject", order.state, actor, people(order), act.note)
    lines = await lines_of(session, id)
    customer = await customer_by_id(session, order.company_id, order.customer_id)
    subject = subject_of(order, lines, customer)
    await reject(session, subject, actor, SalesApprovalChanged, act.note or "")
    order.state, order.ended_because = "rejected", act.note or ""
    order.version += 1
    return order


async def return_to_draft(
    session: AsyncSession, actor: Actor, id: UUID, act: Act, verb: str
) -> SalesOrder:
    """Withdraw what waits for approval, or take a rejected order up again."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check(verb, order.state, actor, note=act.note)
    await end_approval(session, order.id, "withdrawn", SalesApprovalChanged)
    order.state, order.ended_because, order.logistics = "draft", "", "none"
    order.version += 1
    return order


async def cancel_order(session: AsyncSession, actor: Actor, id: UUID, act: Act) -> SalesOrder:
    """Give the order up before anything was dispatched; what was done for it is undone."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check("cancel", order.state, actor, note=act.note)
    lines = await lines_of(session, id)
    if moving := [line.line for line in lines if line.delivering or line.shipped]:
        raise DeliveryOpen(order=order.number, lines=moving)
    reason = act.note or ""
    if order.state == "pending_review":
        await end_approval(session, order.id, "voided", SalesApprovalChanged)
    if order.state in ("approved", "allocated"):
        await turn_back(session, order, reason)
    order.state, order.ended_because = "cancelled", reason
    order.version += 1
    record(
        session,
        OrderCancelled(
            order_id=order.id, number=order.number, reason=reason, cancelled_on=today(session)
        ),
    )
    return order


async def turn_back(session: AsyncSession, order: SalesOrder, reason: str) -> None:
    """Undo what order to ship did; once that is over, give back what it left held."""
    saga = await session.get(SagaRow, order.id, with_for_update=True)
    assert saga is not None
    if saga.phase == Phase.DONE:
        knows = {**saga.data, "order_id": str(order.id)}
        await start(session, GIVE_BACK, derived_id(order.id, "give back"), knows)
    else:
        await cancel(session, PLAN, order.id, reason)
