"""Operation reports: sequence and conservation, under the order's lock."""

from collections.abc import Sequence
from uuid import UUID

from services.production.orders.commands import lock_order
from services.production.orders.queries import operations_of
from services.production.orders.rules import LIFECYCLE, MaterialNotIssued
from services.production.orders.tables import Operation, ProductionOrder
from services.production.reports.rules import (
    OperationReportedAlready,
    OperationUnknown,
    check_report,
)
from shared.actor import Actor
from shared.bulk import update_rows
from shared.contracts.production.events import OperationReported
from shared.contracts.production.orders import ReportAll, ReportOperation
from shared.database import AsyncSession
from shared.ids import derived_id
from shared.outbox import record
from shared.session import today

REPORTED = ("state", "good", "scrap", "minutes", "reason", "reported_by", "reported_on")


async def report_operation(
    session: AsyncSession, actor: Actor, id: UUID, number: int, wish: ReportOperation
) -> ProductionOrder:
    """Close one operation. The same report again changes nothing."""
    order = await lock_order(session, actor.company_id, id)
    operations = await operations_of(session, id)
    target = next((one for one in operations if one.operation == number), None)
    if target is None:
        raise OperationUnknown(operation=number, known=[one.operation for one in operations])
    if target.state == "done":
        stands = (target.good, target.scrap, target.minutes, target.reason)
        if stands != (wish.good, wish.scrap, wish.minutes, wish.reason or ""):
            raise OperationReportedAlready(operation=number, good=target.good, scrap=target.scrap)
        return order
    begin_reports(order, actor)
    close_operation(session, order, operations, target, wish, actor)
    order.version += 1
    return order


async def report_all(
    session: AsyncSession, actor: Actor, id: UUID, wish: ReportAll
) -> ProductionOrder:
    """Close every open operation in order, in standard time."""
    order = await lock_order(session, actor.company_id, id, wish.version)
    begin_reports(order, actor)
    operations = await operations_of(session, id)
    scrap, reason = wish.scrap, wish.reason
    for target in [one for one in operations if one.state == "open"]:
        minutes = target.setup_minutes + target.run_minutes * (wish.good + scrap)
        report = ReportOperation(good=wish.good, scrap=scrap, minutes=minutes, reason=reason)
        close_operation(session, order, operations, target, report, actor)
        scrap, reason = wish.scrap * 0, None
    order.version += 1
    await update_rows(session, (Operation, operations, REPORTED))
    return order


def begin_reports(order: ProductionOrder, actor: Actor) -> None:
    LIFECYCLE.check("report", order.state, actor)
    if order.material != "issued":
        raise MaterialNotIssued(order=order.number, material=order.material)
    order.state = "in_progress"


def close_operation(
    session: AsyncSession,
    order: ProductionOrder,
    operations: Sequence[Operation],
    target: Operation,
    wish: ReportOperation,
    actor: Actor,
) -> None:
    """Write one report under the order's lock, and tell it."""
    before = [one for one in operations if one.operation < target.operation]
    still_open = [one.operation for one in operations if one.state == "open"]
    given = before[-1].good if before else order.quantity
    check_report(target.operation, still_open, given, wish.good, wish.scrap, wish.reason)
    target.state, target.good, target.scrap = "done", wish.good, wish.scrap
    target.minutes, target.reason = wish.minutes, wish.reason or ""
    target.reported_by, target.reported_on = actor.subject, today(session)
    order.scrap += wish.scrap
    order.good = order.expected = wish.good
    if actor.subject not in order.made_by:
        order.made_by = [*order.made_by, actor.subject]
    record(
        session,
        OperationReported(
            report_id=derived_id(order.id, f"operation {target.operation}"),
            order_id=order.id,
            order_number=order.number,
            item_id=order.item_id,
            operation=target.operation,
            name=target.name,
            work_centre_id=target.work_centre_id,
            good=wish.good,
            scrap=wish.scrap,
            minutes=wish.minutes,
            operator=actor.subject,
            reported_on=today(session),
        ),
    )
