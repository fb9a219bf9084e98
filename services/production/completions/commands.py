"""From the last operation to released stock: the lot is named, inspected, signed and received."""

from collections.abc import Sequence
from uuid import UUID

from services.production.completions.rules import (
    NothingAccepted,
    NothingMade,
    NotInspected,
    OperationsOpen,
    good_serials,
    last_usable_day,
    lot_number,
    refuse_own_work,
    serial_numbers,
)
from services.production.copies.queries import items_by_id
from services.production.orders.commands import lock_order
from services.production.orders.queries import batch_content, operations_of
from services.production.orders.rules import BATCH_MEANING, LIFECYCLE, MaterialNotIssued, passed
from services.production.orders.tables import ProductionOrder
from services.production.plan_to_produce.plan import PLAN
from shared.actor import Actor
from shared.contracts.base import Act
from shared.contracts.inventory.events import CompletionReceived
from shared.contracts.production.events import LotCompleted, LotReleased
from shared.contracts.production.orders import ReleaseToStock
from shared.contracts.quality.events import SourceInspected
from shared.database import AsyncSession
from shared.numbers import take_last
from shared.outbox import record
from shared.saga_store import signal
from shared.session import today
from shared.signatures import sign


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
    if not passed(order.accepted, order.conceded):
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
        quantity=passed(order.accepted, order.conceded),
        released_by=str(order.released_by),
        released_on=today(session),
    )
    record(session, event)
    lost = order.scrap + (order.rejected or 0)
    learnt = {**event.model_dump(mode="json"), "serials": list(serials), "scrap": str(lost)}
    await signal(session, PLAN, order.id, event.subject, learnt)


async def note_inspection(session: AsyncSession, event: SourceInspected) -> None:
    """The final inspection's figures; anything but this company's completed lots is not for us."""
    order = await session.get(ProductionOrder, event.saga_id, with_for_update=True)
    if order is None or event.stage != "final" or order.rejected is not None:
        return
    order.accepted, order.conceded = event.accepted, event.conceded
    order.rejected = event.rejected
    order.expected = event.accepted + event.conceded
    order.version += 1


async def note_received(session: AsyncSession, event: CompletionReceived) -> None:
    """The lot stands in stock: the order has nothing more to give."""
    order = await session.get(ProductionOrder, event.saga_id, with_for_update=True)
    if order is not None and order.state == "released_to_stock":
        order.state, order.version = "closed", order.version + 1
