"""Goods arrive against orders, and what quality and finance make of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.procurement.arrivals.rules import (
    ArrivalTooFine,
    ArrivedTooMuch,
    LineNotOfOrder,
    OrderNotIssued,
    check_life,
    state_of,
)
from services.procurement.arrivals.tables import Arrival, ArrivalLine
from services.procurement.copies.commands import items_by_id
from services.procurement.copies.tables import ItemCopy
from services.procurement.orders.commands import close_received, lock_orders, progress
from services.procurement.orders.rules import RUNNING, too_fine
from services.procurement.orders.tables import PurchaseOrder, PurchaseOrderLine
from services.procurement.procure_to_pay.plan import PLAN
from shared.auth import Actor
from shared.bulk import insert_numbered, update_rows
from shared.contracts.procurement.events import ArrivalLine as ToldLine
from shared.contracts.procurement.events import GoodsArrived
from shared.contracts.procurement.orders import RegisterArrival
from shared.contracts.quality.events import SourceInspected
from shared.database import AsyncSession
from shared.ids import new_id
from shared.numbers import take_last
from shared.outbox import record
from shared.saga_store import start_all
from shared.session import now, today

SERIES = "AR"
Registered = tuple[Arrival, list[ArrivalLine]]


async def register_arrivals(
    session: AsyncSession, actor: Actor, wishes: Sequence[RegisterArrival]
) -> tuple[list[Registered], dict[UUID, ItemCopy]]:
    """Take in deliveries, all or none. Each line becomes a lot of ours; procure-to-pay begins.

    With the items of the orders, for the answer.
    """
    day = today(session)
    orders = await lock_orders(session, sorted({wish.order_id for wish in wishes}))
    wanted = {line.item_id for _, lines in orders.values() for line in lines}
    items = await items_by_id(session, actor.company_id, wanted)
    for wish in wishes:
        receive(*orders[wish.order_id], wish, items, day)
    lots = await lot_numbers(session, actor.company_id, day, sum(len(w.lines) for w in wishes))
    done: list[Registered] = []
    for wish in wishes:
        order, lines = orders[wish.order_id]
        arrival = Arrival(
            id=new_id(), company_id=actor.company_id, number="", state="arrived",
            created_by=actor.subject, created_at=now(session), order_id=order.id,
            order_number=order.number, supplier_id=order.supplier_id, arrived_on=day,
            delivery_note=wish.delivery_note,
        )  # fmt: skip
        done.append((arrival, rows_of(arrival, wish, lines, lots)))
    for order, lines in orders.values():
        progress(session, order, lines)
    await update_rows(
        session,
        (PurchaseOrder, [order for order, _ in orders.values()], ("state", "version")),
        (PurchaseOrderLine, [line for _, own in orders.values() for line in own], ("arrived",)),
    )
    rows = [row for _, own in done for row in own]
    await insert_numbered(session, SERIES, day, [one for one, _ in done], (ArrivalLine, rows))
    for arrival, own in done:
        tell_arrived(session, arrival, own)
    begun = {arrival.id: {"order_id": str(arrival.order_id)} for arrival, _ in done}
    await start_all(session, PLAN, begun)
    return done, items


def receive(
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    wish: RegisterArrival,
    items: Mapping[UUID, ItemCopy],
    day: date,
) -> None:
    """Count a delivery onto its order's lines, or refuse it; over-delivery is not tolerated."""
    if order.state not in RUNNING:
        raise OrderNotIssued(number=order.number, state=order.state)
    known = {line.id: line for line in lines}
    for got in wish.lines:
        if (line := known.get(got.order_line_id)) is None:
            raise LineNotOfOrder(number=order.number, order_line_id=got.order_line_id)
        item = items[line.item_id]
        if too_fine(got.quantity, item.decimals):
            raise ArrivalTooFine(item=item.code, quantity=got.quantity, decimals=item.decimals)
        if got.quantity > line.open_quantity:
            raise ArrivedTooMuch(
                number=order.number,
                item=item.code,
                arrived=got.quantity,
                open_quantity=line.open_quantity,
            )
        check_life(item.code, item.shelf_life_days, item.minimum_life_days, got.usable_until, day)
        line.arrived += got.quantity


async def lot_numbers(session: AsyncSession, company_id: UUID, day: date, count: int) -> list[str]:
    """Arrival lots `A-YYYYMMDD-nnnn`, counted per day, in the order to be taken from the end."""
    period = f"{day:%Y%m%d}"
    last = await take_last(session, company_id, "A", period, count)
    return [f"A-{period}-{number:04d}" for number in range(last, last - count, -1)]


def rows_of(
    arrival: Arrival, wish: RegisterArrival, lines: Sequence[PurchaseOrderLine], lots: list[str]
) -> list[ArrivalLine]:
    items = {line.id: line.item_id for line in lines}
    return [
        ArrivalLine(
            id=new_id(),
            company_id=arrival.company_id,
            arrival_id=arrival.id,
            order_line_id=got.order_line_id,
            item_id=items[got.order_line_id],
            quantity=got.quantity,
            lot_number=lots.pop(),
            maker_lot=got.maker_lot,
            usable_until=got.usable_until,
        )
        for got in wish.lines
    ]


def tell_arrived(session: AsyncSession, arrival: Arrival, rows: Sequence[ArrivalLine]) -> None:
    told = tuple(
        ToldLine(
            line_id=row.id,
            order_line_id=row.order_line_id,
            item_id=row.item_id,
            quantity=row.quantity,
            lot_number=row.lot_number,
            maker_lot=row.maker_lot,
            usable_until=row.usable_until,
        )
        for row in rows
    )
    record(
        session,
        GoodsArrived(
            arrival_id=arrival.id,
            number=arrival.number,
            order_id=arrival.order_id,
            order_number=arrival.order_number,
            supplier_id=arrival.supplier_id,
            arrived_on=arrival.arrived_on,
            lines=told,
        ),
    )


async def lock_arrivals(session: AsyncSession, id: UUID) -> tuple[Arrival | None, list[Arrival]]:
    """An arrival, and all of its order, under their locks: the last to settle closes the order."""
    order = select(col(Arrival.order_id)).where(col(Arrival.id) == id).scalar_subquery()
    found = await session.execute(
        select(Arrival)
        .where(col(Arrival.order_id) == order)
        .order_by(col(Arrival.id))
        .with_for_update()
    )
    rows = list(found.scalars())
    return next((row for row in rows if row.id == id), None), rows


async def note_inspected(session: AsyncSession, event: SourceInspected) -> None:
    arrival, beside = await lock_arrivals(session, event.saga_id)
    if arrival is None:
        return
    arrival.accepted = event.accepted + event.conceded
    arrival.rejected = event.rejected
    arrival.inspected = True
    await move_on(session, arrival, beside)


async def note_billed(session: AsyncSession, arrival_id: UUID, *, paid: bool) -> None:
    """Finance has matched, or paid, what was accepted."""
    arrival, beside = await lock_arrivals(session, arrival_id)
    if arrival is None:
        return
    arrival.invoiced, arrival.paid = True, arrival.paid or paid
    await move_on(session, arrival, beside)


async def move_on(session: AsyncSession, arrival: Arrival, beside: Sequence[Arrival]) -> None:
    """Bring the headline up to date; the order closes with its last arrival."""
    state = state_of(
        inspected=arrival.inspected,
        accepted=arrival.accepted,
        invoiced=arrival.invoiced,
        paid=arrival.paid,
    )
    if state == arrival.state:
        return
    arrival.state, arrival.version = state, arrival.version + 1
    if all(one.state == "settled" for one in beside):
        await close_received(session, arrival.order_id)
