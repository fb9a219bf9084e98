"""Purchased goods come in."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from services.inventory.copies.queries import items_with
from services.inventory.copies.tables import ItemCopy
from services.inventory.lots.commands import PartDraft
from services.inventory.lots.rules import lot_id_of
from services.inventory.moves.commands import lock_items, post, settle
from services.inventory.moves.rules import Posting
from services.inventory.places.queries import FOUND, places_for
from services.inventory.places.rules import Place, suggest
from services.inventory.put_aways.commands import Accepted, put_aways_of
from services.inventory.put_aways.tables import PutAway
from services.inventory.receipts.tables import ReceiptLine
from services.inventory.reservations.commands import restock
from shared.bulk import insert_rows
from shared.contracts.inventory.events import StockAccepted, StockReceived
from shared.contracts.procurement.events import ArrivalLine, GoodsArrived
from shared.database import AsyncSession
from shared.ids import derived_id
from shared.outbox import record, teller

STATUSES = ("to_inspect", "released")


async def receive_arrival(session: AsyncSession, arrival: GoodsArrived) -> None:
    """Take the arrival's lines into the receiving zone; the same arrival again changes nothing."""
    item_ids = {line.item_id for line in arrival.lines}
    await lock_items(session, item_ids)
    company = teller(session).company_id
    lots = {x.line_id: lot_id_of(company, x.item_id, x.lot_number) for x in arrival.lines}
    here = select(func.array_agg(ReceiptLine.id)).where(
        col(ReceiptLine.arrival_id) == arrival.arrival_id
    )
    items, (known, bins_found) = await items_with(
        session,
        item_ids,
        here.scalar_subquery(),
        places_for(session, item_ids, lots.values(), STATUSES),
    )
    before: set[UUID] = set(known or ())
    lines = [line for line in arrival.lines if line.line_id not in before]
    if not lines:
        return
    places = FOUND.validate_python(bins_found)

    bins: dict[UUID, UUID] = {}
    for line in lines:
        wanted = items[line.item_id].storage_class
        bins[line.line_id] = suggest(places, "to_inspect", wanted, lots[line.line_id]).id
    tell_arrival(session, arrival, lines, items)
    tasks = accept_unjudged(session, arrival, lines, items, bins, places)
    await write_arrival(session, arrival, lines, items, bins, tasks)
    usable = any(not items[line.item_id].inspect_incoming for line in lines)
    await (restock if usable else settle)(session, item_ids)


def part_of(line: ArrivalLine) -> UUID:
    return derived_id(line.line_id, "part")


async def write_arrival(
    session: AsyncSession,
    arrival: GoodsArrived,
    lines: Sequence[ArrivalLine],
    items: Mapping[UUID, ItemCopy],
    bins: Mapping[UUID, UUID],
    tasks: Sequence[dict[str, Any]],
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
    await post(session, postings, day=arrival.arrived_on, drafts=drafts)
    rows = [row_of(session, arrival, line, items) for line in lines]
    await insert_rows(session, (ReceiptLine, rows), (PutAway, tasks))


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


def accept_unjudged(
    session: AsyncSession,
    arrival: GoodsArrived,
    lines: Sequence[ArrivalLine],
    items: Mapping[UUID, ItemCopy],
    bins: Mapping[UUID, UUID],
    places: Sequence[Place],
) -> list[dict[str, Any]]:
    """Items that need no incoming inspection are ours to use and to pay at once: put-aways."""
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
    return put_aways_of(session, accepted, places, classes)


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
