"""Making: from a firmed order to the lot that is released to stock."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.production.copies.queries import items_by_id
from services.production.orders.queries import (
    accepted_of,
    batch_content,
    operations_of,
)
from services.production.orders.rules import (
    BATCH_MEANING,
    LIFECYCLE,
    MaterialNotIssued,
    NothingAccepted,
    NothingMade,
    NotInspected,
    OperationReportedAlready,
    OperationsOpen,
    OperationUnknown,
    OrderNotFound,
    StillGood,
    check_report,
    good_serials,
    last_usable_day,
    lot_number,
    refuse_own_work,
    serial_numbers,
)
from services.production.orders.tables import Operation, ProductionOrder
from services.production.plan_to_produce.plan import PLAN
from shared.actor import Actor
from shared.contracts.base import Act
from shared.contracts.production.events import (
    LotCompleted,
    LotReleased,
    OperationReported,
    ProductionCancelled,
)
from shared.contracts.production.orders import ReleaseToStock, ReportAll, ReportOperation
from shared.database import AsyncSession
from shared.ids import derived_id
from shared.lifecycle import expect_version
from shared.numbers import take_last
from shared.outbox import record
from shared.saga_store import cancel, signal
from shared.session import today
from shared.signatures import sign


async def lock_order(
    session: AsyncSession, company_id: UUID, id: UUID, seen: int | None = None
) -> ProductionOrder:
    """The order under its lock, at the version that the caller saw."""
    order = await session.get(ProductionOrder, id, with_for_update=True)
    if order is None or order.company_id != company_id:
        raise OrderNotFound(order_id=id)
    expect_version(seen, order.version)
    return order


async def pause_order(
    session: AsyncSession, actor: Actor, id: UUID, act: Act, verb: str
) -> ProductionOrder:
    """Pause, or resume where it stood."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check(verb, order.state, actor, note=act.note)
    if verb == "pause":
        order.paused_from, order.state = order.state, "paused"
    else:
        order.state, order.paused_from = order.paused_from or "released", None
    order.version += 1
    return order


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


async def complete_order(
    session: AsyncSession, actor: Actor, id: UUID, act: Act
) -> ProductionOrder:
    """Close the making: the lot gets its number, its serials and its expiry, by rule."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check("complete", order.state, actor, note=act.note)
    if order.material != "issued":
        raise MaterialNotIssued(order=order.number, material=order.material)
    operations = await operations_of(session, id)
    if still_open := [one.operation for one in operations if one.state == "open"]:
        raise OperationsOpen(order=order.number, operations=still_open)
    good = operations[-1].good if operations else order.quantity
    if good == 0:
        raise NothingMade(order=order.number, scrap=order.scrap)
    order.good = order.expected = good
    order.state, order.version = "completed", order.version + 1
    if actor.subject not in order.made_by:
        order.made_by = [*order.made_by, actor.subject]
    await name_lot(session, order)
    await tell_completed(session, order)
    return order


async def name_lot(session: AsyncSession, order: ProductionOrder) -> None:
    """Lot and serial numbers are taken late: their series stay locked to the commit."""
    day = today(session)
    item = (await items_by_id(session, order.company_id, [order.item_id]))[order.item_id]
    place = await take_last(session, order.company_id, "L", f"{day:%Y%m%d}")
    order.lot_number = lot_number(day, place)
    order.made_on = day
    order.usable_until = last_usable_day(day, item.shelf_life_days)
    if item.tracking == "serial":
        count = int(order.good)
        series = f"serial {item.code}"
        last = await take_last(session, order.company_id, series, f"{day:%Y}", count)
        order.serials = serial_numbers(item.code, day, last, count)


async def tell_completed(session: AsyncSession, order: ProductionOrder) -> None:
    assert order.lot_number is not None
    assert order.made_on is not None
    event = LotCompleted(
        order_id=order.id,
        order_number=order.number,
        item_id=order.item_id,
        lot_number=order.lot_number,
        serials=tuple(order.serials),
        quantity=order.good,
        made_on=order.made_on,
        usable_until=order.usable_until,
        made_by=tuple(order.made_by),
    )
    record(session, event)
    learnt = {**event.model_dump(mode="json"), "scrap": str(order.scrap)}
    await signal(session, PLAN, order.id, event.subject, learnt)


async def release_to_stock(
    session: AsyncSession, actor: Actor, id: UUID, act: ReleaseToStock
) -> ProductionOrder:
    """The signed release of the finished lot (放行, REQ-53); none of its makers may give it."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check("release_to_stock", order.state, actor, note=act.note)
    refuse_own_work(actor, order.made_by, "release_to_stock")
    if order.rejected is None:
        raise NotInspected(order=order.number, lot=order.lot_number)
    if not accepted_of(order):
        raise NothingAccepted(order=order.number, rejected=order.rejected)
    serials = good_serials(order.serials, act.rejected_serials, order.rejected)
    await sign(
        session,
        actor,
        act.signature,
        meaning=BATCH_MEANING,
        document_type="production_order",
        document_id=order.id,
        document_version=order.version,
        content=batch_content(order),
    )
    order.state, order.version = "released_to_stock", order.version + 1
    order.released_by, order.released_on = actor.subject, today(session)
    await tell_released(session, order, serials)
    return order


async def tell_released(
    session: AsyncSession, order: ProductionOrder, serials: Sequence[str]
) -> None:
    assert order.lot_number is not None
    event = LotReleased(
        order_id=order.id,
        order_number=order.number,
        item_id=order.item_id,
        lot_number=order.lot_number,
        quantity=accepted_of(order),
        released_by=str(order.released_by),
        released_on=today(session),
    )
    record(session, event)
    lost = order.scrap + (order.rejected or 0)
    learnt = {**event.model_dump(mode="json"), "serials": list(serials), "scrap": str(lost)}
    await signal(session, PLAN, order.id, event.subject, learnt)


async def cancel_order(session: AsyncSession, actor: Actor, id: UUID, act: Act) -> ProductionOrder:
    """Give an order up. Issued material must come back: inventory opens a task for it."""
    order = await lock_order(session, actor.company_id, id, act.version)
    LIFECYCLE.check("cancel", order.state, actor, note=act.note)
    if order.state == "completed" and (order.rejected is None or accepted_of(order)):
        raise StillGood(order=order.number, lot=order.lot_number)
    await end_order(session, order, act.note or "")
    return order


async def end_order(session: AsyncSession, order: ProductionOrder, reason: str) -> None:
    """Under the order's lock: cancelled, told, and its saga turned back."""
    in_use = order.material == "issued" and order.lot_number is None
    order.state, order.version = "cancelled", order.version + 1
    record(
        session,
        ProductionCancelled(
            order_id=order.id,
            number=order.number,
            item_id=order.item_id,
            demand_id=order.demand_id,
            issued=in_use,
        ),
    )
    await cancel(session, PLAN, order.id, reason)


async def cancel_unstarted(session: AsyncSession, demand_id: UUID, reason: str) -> int:
    """Cancel the demand's orders whose material is still on the shelf; returns how many."""
    rows = await session.execute(
        select(ProductionOrder)
        .where(
            col(ProductionOrder.demand_id) == demand_id,
            col(ProductionOrder.state).in_(("firmed", "released", "paused")),
            col(ProductionOrder.material).in_(("waiting", "held")),
        )
        .order_by(col(ProductionOrder.id))
        .with_for_update()
    )
    unstarted = list(rows.scalars())
    for order in unstarted:
        await end_order(session, order, reason)
    return len(unstarted)


