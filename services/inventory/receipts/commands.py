"""Purchased goods come in."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.inventory.copies.queries import items_of
from services.inventory.copies.tables import ItemCopy
from services.inventory.lots.commands import PartDraft, create_parts
from services.inventory.lots.rules import lot_id_of
from services.inventory.moves.commands import lock_items, post
from services.inventory.moves.rules import Posting
from services.inventory.places.queries import places_for
from services.inventory.places.rules import Place, suggest
from services.inventory.put_aways.commands import Accepted, plan_put_aways
from services.inventory.receipts.tables import ReceiptLine
from services.inventory.reservations.commands import restock
from shared.contracts.inventory.events import StockAccepted, StockReceived
from shared.contracts.procurement.events import ArrivalLine, GoodsArrived
from shared.database import AsyncSession, insert_all
from shared.ids import derived_id
from shared.outbox import record, teller

STATUSES = ("to_inspect", "released")


async def receive_arrival(session: AsyncSession, arrival: GoodsArrived) -> None:
    """Take the arrival's lines into the receiving zone; the same arrival again changes nothing."""
    item_ids = {line.item_id for line in arrival.lines}
    await lock_items(session, item_ids)
    known = await session.exec(
        select(col(ReceiptLine.id)).where(col(ReceiptLine.arrival_id) == arrival.arrival_id)
    )
    here = set(known)
    lines = [line for line in arrival.lines if line.line_id not in here]
    if not lines:
        return
    items = await items_of(session, item_ids)
    places = await places_for(session, STATUSES, {item.storage_class for item in items.values()})

    bins: dict[UUID, UUID] = {}
    for line in lines:
        lot_id = lot_id_of(teller(session).company_id, line.item_id, line.lot_number)
        wanted = items[line.item_id].storage_class
        bins[line.line_id] = suggest(places, "to_inspect", wanted, lot_id).id
    await write_arrival(session, arrival, lines, items, bins)
    tell_arrival(session, arrival, lines, items)
    await accept_unjudged(session, arrival, lines, items, bins, places)
    await restock(session, item_ids)


def part_of(line: ArrivalLine) -> UUID:
    return derived_id(line.line_id, "part")


async def write_arrival(
    session: AsyncSession,
    arrival: GoodsArrived,
    lines: Sequence[ArrivalLine],
    items: Mapping[UUID, ItemCopy],
    bins: Mapping[UUID, UUID],
) -> None:
    drafts = [
        PartDraft(
            id=part_of(line),
            item_id=line.item_id,
            lot_number=line.lot_number,
            quality="to_inspect" if items[line.item_id].inspect_incoming else "released",
            source="arrival",
            document_id=arrival.arrival_id,
            maker_lot=line.maker_lot,
            usable_until=line.usable_until,
            line_id=line.line_id,
        )
        for line in lines
    ]
    await create_parts(session, drafts)
    await insert_all(session, ReceiptLine, [row_of(session, arrival, x, items) for x in lines])
    postings = [
        Posting(
            part_of(line),
            line.item_id,
            line.quantity,
            "receipt",
            to_bin=bins[line.line_id],
            document_id=arrival.arrival_id,
            document_number=arrival.number,
        )
        for line in lines
    ]
    await post(session, postings, day=arrival.arrived_on)


def row_of(
    session: AsyncSession, arrival: GoodsArrived, line: ArrivalLine, items: Mapping[UUID, ItemCopy]
) -> dict[str, Any]:
    judged = items[line.item_id].inspect_incoming
    return {
        "id": line.line_id,
        "company_id": teller(session).company_id,
        "state": "arrived" if judged else "inspected",
        "version": 1,
        "arrival_id": arrival.arrival_id,
        "arrival_number": arrival.number,
        "order_id": arrival.order_id,
        "order_number": arrival.order_number,
        "order_line_id": line.order_line_id,
        "supplier_id": arrival.supplier_id,
        "item_id": line.item_id,
        "part_id": part_of(line),
        "lot_number": line.lot_number,
        "quantity": line.quantity,
        "accepted": 0 if judged else line.quantity,
        "conceded": 0,
        "rejected": 0,
        "arrived_on": arrival.arrived_on,
    }


def tell_arrival(
    session: AsyncSession,
    arrival: GoodsArrived,
    lines: Sequence[ArrivalLine],
    items: Mapping[UUID, ItemCopy],
) -> None:
    for line in lines:
        record(
            session,
            StockReceived(
                part_id=part_of(line),
                lot_id=lot_id_of(teller(session).company_id, line.item_id, line.lot_number),
                lot_number=line.lot_number,
                maker_lot=line.maker_lot,
                item_id=line.item_id,
                quantity=line.quantity,
                quality="to_inspect" if items[line.item_id].inspect_incoming else "released",
                usable_until=line.usable_until,
                source="arrival",
                document_id=arrival.arrival_id,
                document_number=arrival.number,
                line_id=line.line_id,
                order_line_id=line.order_line_id,
                partner_id=arrival.supplier_id,
                received_on=arrival.arrived_on,
            ),
        )


async def accept_unjudged(
    session: AsyncSession,
    arrival: GoodsArrived,
    lines: Sequence[ArrivalLine],
    items: Mapping[UUID, ItemCopy],
    bins: Mapping[UUID, UUID],
    places: Sequence[Place],
) -> None:
    """Items that need no incoming inspection are ours to use and to pay at once."""
    company = teller(session).company_id
    accepted: list[Accepted] = []
    for line in lines:
        if items[line.item_id].inspect_incoming:
            continue
        accepted.append(
            Accepted(
                part_of(line),
                line.item_id,
                lot_id_of(company, line.item_id, line.lot_number),
                line.lot_number,
                bins[line.line_id],
                arrival.arrival_id,
                arrival.number,
            )
        )
        tell_accepted(session, arrival, line)
    classes = {item.id: item.storage_class for item in items.values()}
    await plan_put_aways(session, accepted, places, classes)


def tell_accepted(session: AsyncSession, arrival: GoodsArrived, line: ArrivalLine) -> None:
    record(
        session,
        StockAccepted(
            arrival_id=arrival.arrival_id,
            arrival_number=arrival.number,
            arrival_line_id=line.line_id,
            order_id=arrival.order_id,
            order_line_id=line.order_line_id,
            supplier_id=arrival.supplier_id,
            item_id=line.item_id,
            part_id=part_of(line),
            quantity=line.quantity,
            conceded=False,
            accepted_on=arrival.arrived_on,
        ),
    )


def set_shares(line: ReceiptLine, accepted: Decimal, conceded: Decimal, rejected: Decimal) -> None:
    """The line was judged."""
    line.accepted, line.conceded, line.rejected = accepted, conceded, rejected
    line.state, line.version = "inspected", line.version + 1
