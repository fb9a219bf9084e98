"""Deciding about sales orders: the gates, the approval, the start of the saga, the giving up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.sales.give_back.plan import PLAN as GIVE_BACK
from services.sales.order_to_ship.plan import PLAN
from services.sales.orders.commands import Sheet, lock_order, lock_sheet, lock_sheets
from services.sales.orders.queries import approved_content, people
from services.sales.orders.rules import (
    COMMITTED,
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
from shared.approvals import Subject, approve_all, end_approval, reject, request_approvals
from shared.batches import Batch
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
from shared.outbox import record, teller
from shared.saga import Phase
from shared.saga_store import cancel, locked, start, start_all
from shared.session import today

STAGES = (Stage("commercial", LIFECYCLE["approve"].permission, due_days=1),)


# What the gates ask, in one statement after the customers' locks: what each owes, what its other
# orders promise that no invoice holds yet, and the company's certificates (a maker has tens).
GATES = text("""
SELECT customer.id, coalesce(credit.receivable, 0) AS receivable,
  (SELECT coalesce(sum(gross_base - invoiced_base), 0) FROM sales_order promised
   WHERE promised.company_id = :company AND promised.customer_id = customer.id
     AND promised.state = ANY(CAST(:committed AS text[]))
     AND promised.id <> ALL(CAST(:ids AS uuid[]))) AS promised,
  (SELECT json_agg(json_build_object('items', item_ids, 'from', valid_from, 'to', valid_to))
   FROM certificate_copy WHERE company_id = :company AND active) AS covers
FROM unnest(CAST(:customers AS uuid[])) AS customer (id)
LEFT JOIN credit_copy credit ON credit.id = customer.id
""")


async def submit_orders(
    session: AsyncSession, actor: Actor, batch: Batch, note: str | None
) -> list[SalesOrder]:
    """Ask for approval: every gate must be open, and the credit is taken from here on."""
    sheets = await lock_sheets(session, actor.company_id, batch, credit=True)
    gates = await open_gates(session, sheets)
    for sheet in sheets:
        order = sheet.order
        with batch.judging(order.id):
            LIFECYCLE.check("submit", order.state, actor, note=note)
            gates.check(sheet)
            order.state, order.version = "pending_review", order.version + 1
            order.submitted_by = actor.subject
    submitted = [sheet for sheet in sheets if batch.stands(sheet.order.id)]
    asked = [(subject_of(sheet), STAGES) for sheet in submitted]
    await request_approvals(session, asked, actor, SalesApprovalChanged)
    return [sheet.order for sheet in submitted]


@dataclass(frozen=True, slots=True)
class Gates:
    """What stands beside a list of orders when each is checked in turn."""

    day: date
    owed: Mapping[UUID, Decimal]  # by customer
    promised: Mapping[UUID, Decimal]  # by customer, orders outside the list
    covers: Sequence[Cover]
    listed: Sequence[SalesOrder]

    def check(self, sheet: Sheet) -> None:
        """Licence, certificates and credit; an order of the list counts once it is committed."""
        order, customer = sheet.order, sheet.customer
        if not customer.active:
            raise CustomerNotActive(customer=customer.code)
        devices = [
            Device(item.id, item.code, item.regulated, item.kind) for item in sheet.items.values()
        ]
        check_licences(customer.code, customer.kind, customer.licences, devices, self.day)
        check_certificates(customer.kind, devices, self.covers, self.day)
        beside = sum(
            (
                one.gross_base - one.invoiced_base
                for one in self.listed
                if one.customer_id == customer.id and one.id != order.id and one.state in COMMITTED
            ),
            Decimal(0),
        )
        check_credit(
            customer.credit_limit,
            self.owed[customer.id],
            self.promised[customer.id] + beside,
            order.gross_base,
        )


async def open_gates(session: AsyncSession, sheets: Sequence[Sheet]) -> Gates:
    """What the gates need to know; the customers are locked, so that two orders cannot both fit."""
    orders = [sheet.order for sheet in sheets]
    asked = {
        "company": teller(session).company_id,
        "committed": list(COMMITTED),
        "ids": [order.id for order in orders],
        "customers": list({order.customer_id for order in orders}),
    }
    rows = (await session.execute(GATES, asked)).all()
    covers = [
        Cover(
            frozenset(UUID(id) for id in cover["items"]),
            date.fromisoformat(cover["from"]),
            date.fromisoformat(cover["to"]) if cover["to"] else None,
        )
        for cover in (rows[0].covers if rows else None) or ()
    ]
    return Gates(
        today(session),
        {row.id: row.receivable for row in rows},
        {row.id: row.promised for row in rows},
        covers,
        orders,
    )


def subject_of(sheet: Sheet) -> Subject:
    order, lines = sheet.order, sheet.lines
    return Subject(
        type="sales_order",
        id=order.id,
        number=order.number,
        version=order.version,
        company_id=order.company_id,
        content=approved_content(order, lines),
        summary={
            "customer": sheet.customer.name,
            "gross": str(order.gross),
            "currency": order.currency,
            "lines": len(lines),
        },
        amount=order.gross_base,
        authors=(order.created_by,),
    )


async def approve_orders(
    session: AsyncSession, actor: Actor, batch: Batch, note: str | None
) -> list[SalesOrder]:
    """The last yes promises the goods: told, and the saga begins. The gates are checked again."""
    sheets = await lock_sheets(session, actor.company_id, batch, credit=True)
    gates = await open_gates(session, sheets)
    for sheet in sheets:
        with batch.judging(sheet.order.id):
            LIFECYCLE.check("approve", sheet.order.state, actor, people(sheet.order), note)
            gates.check(sheet)
    subjects = [subject_of(sheet) for sheet in sheets if batch.stands(sheet.order.id)]
    given = await approve_all(
        session, subjects, actor, SalesApprovalChanged, note or "", batch.judging
    )
    approved = [sheet for sheet in sheets if batch.stands(sheet.order.id)]
    begun: dict[UUID, dict[str, Any]] = {}
    for sheet in approved:
        order = sheet.order
        order.version += 1
        if order.id in given:
            order.state, order.logistics = "approved", "waiting"
            order.approved_on = today(session)
            tell_approved(session, order, sheet.lines)
            begun[order.id] = saga_data(sheet)
    await start_all(session, PLAN, begun)
    return [sheet.order for sheet in approved]


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


def saga_data(sheet: Sheet) -> dict[str, Any]:
    """What order to ship knows: the reservation's lines, with the customer's remaining life."""
    return {
        "number": sheet.order.number,
        "lines": [
            {
                "line_id": str(line.id),
                "item_id": str(line.item_id),
                "quantity": str(line.quantity),
                "needed_on": line.due_on.isoformat(),
                "minimum_life_days": sheet.customer.minimum_life_days,
            }
            for line in sheet.lines
        ],
    }


async def reject_order(session: AsyncSession, actor: Actor, id: UUID, act: Act) -> SalesOrder:
    sheet = await lock_sheet(session, actor.company_id, id, act.version)
    order = sheet.order
    LIFECYCLE.check("reject", order.state, actor, people(order), act.note)
    await reject(session, subject_of(sheet), actor, SalesApprovalChanged, act.note or "")
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
    sheet = await lock_sheet(session, actor.company_id, id, act.version)
    order = sheet.order
    LIFECYCLE.check("cancel", order.state, actor, note=act.note)
    if moving := [line.line for line in sheet.lines if line.delivering or line.shipped]:
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
    [saga] = await locked(session, (order.id,))
    if saga.phase == Phase.DONE:
        knows = {**saga.data, "order_id": str(order.id)}
        await start(session, GIVE_BACK, derived_id(order.id, "give back"), knows)
    else:
        await cancel(session, PLAN, order.id, reason)
