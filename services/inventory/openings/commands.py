"""Opening stock: what stood on the shelves on the first day."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import col, select

from services.inventory.copies.tables import ItemCopy
from services.inventory.lots.commands import PartDraft
from services.inventory.lots.rules import lot_id_of
from services.inventory.lots.tables import LotPart
from services.inventory.moves.commands import lock_items, post
from services.inventory.moves.rules import Posting
from services.inventory.openings.rules import (
    SERIAL_NEEDED,
    STANDS_ALREADY,
    UNKNOWN_BIN,
    UNKNOWN_ITEM,
    UNSUITED_BIN,
    OpeningRefused,
    serial_fits,
)
from services.inventory.places.tables import Bin
from services.inventory.reservations.commands import restock
from shared.bulk import asking
from shared.contracts.inventory.events import StockReceived
from shared.contracts.inventory.receipts import OpeningRow
from shared.database import AsyncSession
from shared.i18n import Bilingual
from shared.ids import derived_id, new_id
from shared.numbers import take_number
from shared.outbox import record, teller
from shared.session import today

NAMED = asking(
    select(ItemCopy).where(
        col(ItemCopy.company_id) == bindparam("company"),
        col(ItemCopy.code).in_(bindparam("items", expanding=True)),
    ),
    select(Bin).where(
        col(Bin.company_id) == bindparam("company"),
        col(Bin.code).in_(bindparam("bins", expanding=True)),
        col(Bin.active),
    ),
)


async def open_stock(session: AsyncSession, rows: Sequence[OpeningRow]) -> str:
    """Take the rows into released stock, all or none. Returns the opening list's number."""
    items, bins = await named_by(session, rows)
    if known := {item.id for item in items.values()}:
        await lock_items(session, known)
    faults = faults_of(rows, items, bins)
    company = teller(session).company_id
    ids: list[UUID] = []
    for row in rows:
        lot = (
            lot_id_of(company, items[row.item_code].id, row.lot_number) if not faults else new_id()
        )
        ids.append(derived_id(lot, f"opening/{row.bin_code}/{row.serial}"))
    faults += await standing_already(session, rows, ids)
    if faults:
        raise OpeningRefused(faults)

    document = new_id()
    number = await take_number(session, company, "OP", today(session))
    drafts = [
        PartDraft(
            id=id,
            item_id=items[row.item_code].id,
            lot_number=row.lot_number,
            quality="released",
            source="opening",
            document_id=document,
            maker_lot=row.maker_lot,
            usable_until=row.usable_until,
            serial=row.serial,
        )
        for id, row in zip(ids, rows, strict=True)
    ]
    postings = postings_of(session, drafts, rows, bins, number)
    await post(session, postings, drafts=drafts)
    await restock(session, {item.id for item in items.values()})
    return number


def postings_of(
    session: AsyncSession,
    drafts: Sequence[PartDraft],
    rows: Sequence[OpeningRow],
    bins: dict[str, Bin],
    number: str,
) -> list[Posting]:
    """The ledger's lines, each part told as received."""
    postings: list[Posting] = []
    for part, row in zip(drafts, rows, strict=True):
        postings.append(
            Posting(
                part.id,
                part.item_id,
                row.quantity,
                "opening",
                to_bin=bins[row.bin_code].id,
                document_id=part.document_id,
                document_number=number,
            )
        )
        told = {
            **row.model_dump(exclude={"item_code", "bin_code"}),
            "part_id": part.id,
            "lot_id": lot_id_of(teller(session).company_id, part.item_id, row.lot_number),
            "item_id": part.item_id,
            "quality": "released",
            "source": "opening",
            "document_id": part.document_id,
            "document_number": number,
            "received_on": today(session),
        }
        record(session, StockReceived.model_validate(told))
    return postings


def faults_of(
    rows: Sequence[OpeningRow], items: dict[str, ItemCopy], bins: dict[str, Bin]
) -> list[tuple[int, str, Bilingual, str]]:
    """What stands against each row, by its place in the list."""
    faults: list[tuple[int, str, Bilingual, str]] = []
    for place, row in enumerate(rows):
        item, target = items.get(row.item_code), bins.get(row.bin_code)
        if item is None:
            faults.append((place, "item_code", UNKNOWN_ITEM, row.item_code))
        elif not serial_fits(item.tracking, row.serial, row.quantity == 1):
            faults.append((place, "serial", SERIAL_NEEDED, row.serial))
        if target is None:
            faults.append((place, "bin_code", UNKNOWN_BIN, row.bin_code))
        elif item is not None and (target.status, target.storage_class) != (
            "released",
            item.storage_class,
        ):
            faults.append((place, "bin_code", UNSUITED_BIN, row.bin_code))
    return faults


async def standing_already(
    session: AsyncSession, rows: Sequence[OpeningRow], ids: Sequence[UUID]
) -> list[tuple[int, str, Bilingual, str]]:
    """Rows whose part was opened before, or comes twice in the list."""
    found = await session.exec(select(col(LotPart.id)).where(col(LotPart.id).in_(ids)))
    seen = set(found)
    faults: list[tuple[int, str, Bilingual, str]] = []
    for place, (id, row) in enumerate(zip(ids, rows, strict=True)):
        if id in seen:
            faults.append((place, "lot_number", STANDS_ALREADY, row.lot_number))
        seen.add(id)
    return faults


async def named_by(
    session: AsyncSession, rows: Sequence[OpeningRow]
) -> tuple[dict[str, ItemCopy], dict[str, Bin]]:
    """The items and active bins that the rows name, by code."""
    items, bins = await NAMED.of(
        session,
        company=teller(session).company_id,
        items=[row.item_code for row in rows],
        bins=[row.bin_code for row in rows],
    )
    return {item.code: item for item in items}, {row.code: row for row in bins}
