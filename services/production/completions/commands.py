"""From the last operation to released stock: the lot is named, inspected, signed and received."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlmodel import col

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
from services.production.copies.tables import ItemCopy
from services.production.orders.commands import lock_orders, lock_ours, standing
from services.production.orders.queries import batch_content
from services.production.orders.rules import BATCH_MEANING, LIFECYCLE, MaterialNotIssued, passed
from services.production.orders.tables import Operation, ProductionOrder
from services.production.plan_to_produce.plan import PLAN
from shared.actor import Actor
from shared.batches import Batch
from shared.bulk import asking
from shared.contracts.base import Act, ActAll
from shared.contracts.inventory.events import CompletionReceived
from shared.contracts.production.events import LotCompleted, LotReleased
from shared.contracts.quality.events import SourceInspected
from shared.database import AsyncSession
from shared.numbers import take_lasts
from shared.outbox import record
from shared.saga_store import signal_all
from shared.session import today
from shared.signatures import Signable, sign_all

MAKING = asking(
    select(Operation)
    .where(col(Operation.order_id).in_(bindparam("orders", expanding=True)))
    .order_by(col(Operation.order_id), col(Operation.operation)),
    select(ItemCopy).where(col(ItemCopy.id).in_(bindparam("items", expanding=True))),
)


async def complete_orders(
    session: AsyncSession, actor: Actor, batch: Batch, note: str | None
) -> list[ProductionOrder]:
    """Close the making: each lot gets its number, its serials and its expiry, by rule."""
    orders = await lock_orders(session, actor.company_id, batch)
    asked = {"orders": [one.id for one in orders], "items": [one.item_id for one in orders]}
    operations, known = await MAKING.of(session, **asked)
    for order in orders:
        with batch.judging(order.id):
            LIFECYCLE.check("complete", order.state, actor, note=note)
            complete(order, [one for one in operations if one.order_id == order.id])
    orders = standing(orders, batch)
    for order in orders:
        order.state, order.version = "completed", order.version + 1
        if actor.subject not in order.made_by:
            order.made_by = [*order.made_by, actor.subject]
    with session.no_autoflush:  # the orders are written once, named
        await name_lots(session, actor.company_id, orders, {item.id: item for item in known})
    learnt = {order.id: tell_completed(session, order) for order in orders}
    await signal_all(session, PLAN, LotCompleted.subject, learnt)
    return orders


def complete(order: ProductionOrder, operations: Sequence[Operation]) -> None:
    """What came out good of the last operation; raises what is still open."""
    if order.material != "issued":
        raise MaterialNotIssued(order=order.number, material=order.material)
    if still_open := [one.operation for one in operations if one.state == "open"]:
        raise OperationsOpen(order=order.number, operations=still_open)
    good = operations[-1].good if operations else order.quantity
    if good == 0:
        raise NothingMade(order=order.number, scrap=order.scrap)
    order.good = order.expected = good


async def name_lots(
    session: AsyncSession,
    company_id: UUID,
    orders: Sequence[ProductionOrder],
    items: Mapping[UUID, ItemCopy],
) -> None:
    """Lot and serial numbers are taken late: their series stay locked to the commit."""
    day = today(session)
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for order in orders:
        counts["L", f"{day:%Y%m%d}"] += 1
        if (item := items[order.item_id]).tracking == "serial":
            counts[f"serial {item.code}", f"{day:%Y}"] += int(order.good)
    lasts = await take_lasts(session, company_id, counts)
    for order in reversed(orders):  # from the last place of each series down
        item = items[order.item_id]
        order.lot_number = lot_number(day, lasts["L"])
        lasts["L"] -= 1
        order.made_on, order.usable_until = day, last_usable_day(day, item.shelf_life_days)
        if item.tracking == "serial":
            series, count = f"serial {item.code}", int(order.good)
            order.serials = serial_numbers(item.code, day, lasts[series], count)
            lasts[series] -= count


def tell_completed(session: AsyncSession, order: ProductionOrder) -> dict[str, Any]:
    """Told; returns what the order's saga learns."""
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
    return {**event.model_dump(mode="json"), "scrap": str(order.scrap)}


async def release_to_stock(
    session: AsyncSession,
    actor: Actor,
    batch: Batch,
    wish: Act | ActAll,
    rejected_serials: Mapping[UUID, Sequence[str]] = MappingProxyType({}),
) -> list[ProductionOrder]:
    """The signed release of finished lots (放行, REQ-53); none of its makers may give one.

    One signature stands for the list.
    """
    orders = await lock_orders(session, actor.company_id, batch)
    serials: dict[UUID, Sequence[str]] = {}
    for order in orders:
        with batch.judging(order.id):
            LIFECYCLE.check("release_to_stock", order.state, actor, note=wish.note)
            serials[order.id] = releasable(order, actor, rejected_serials.get(order.id, ()))
    documents = [
        Signable("production_order", one.id, one.version, batch_content(one))
        for one in standing(orders, batch)
    ]
    await sign_all(
        session, actor, wish.signature, documents, meaning=BATCH_MEANING, judging=batch.judging
    )
    orders = standing(orders, batch)
    for order in orders:
        order.state, order.version = "released_to_stock", order.version + 1
        order.released_by, order.released_on = actor.subject, today(session)
    learnt = {order.id: tell_released(session, order, serials[order.id]) for order in orders}
    await signal_all(session, PLAN, LotReleased.subject, learnt)
    return orders


def releasable(order: ProductionOrder, actor: Actor, rejected: Sequence[str]) -> Sequence[str]:
    """The serials that go to stock; raises what stands against the release."""
    refuse_own_work(actor, order.made_by, "release_to_stock")
    if order.rejected is None:
        raise NotInspected(order=order.number, lot=order.lot_number)
    if not passed(order.accepted, order.conceded):
        raise NothingAccepted(order=order.number, rejected=order.rejected)
    return good_serials(order.serials, rejected, order.rejected)


def tell_released(
    session: AsyncSession, order: ProductionOrder, serials: Sequence[str]
) -> dict[str, Any]:
    """Told; returns what the order's saga learns."""
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
    return {**event.model_dump(mode="json"), "serials": list(serials), "scrap": str(lost)}


async def note_inspections(session: AsyncSession, events: Sequence[SourceInspected]) -> None:
    """The final inspections' figures; what is none of this company's lots is not for us."""
    final = {event.saga_id: event for event in events if event.stage == "final"}
    for order in await lock_ours(session, list(final)):
        if order.rejected is None:
            event = final[order.id]
            order.accepted, order.conceded = event.accepted, event.conceded
            order.rejected = event.rejected
            order.expected = event.accepted + event.conceded
            order.version += 1


RECEIVED = text("""
UPDATE production_order SET state = 'closed', version = version + 1
WHERE id IN (SELECT id FROM production_order WHERE id = ANY(CAST(:ids AS uuid[]))
             AND state = 'released_to_stock' ORDER BY id FOR UPDATE)
""")


async def note_received(session: AsyncSession, events: Sequence[CompletionReceived]) -> None:
    """The lots stand in stock: their orders have nothing more to give."""
    await session.execute(RECEIVED, {"ids": [event.saga_id for event in events]})
