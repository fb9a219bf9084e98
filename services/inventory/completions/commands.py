"""Made goods come into stock."""

from collections.abc import Sequence
from uuid import UUID

from services.inventory.completions.rules import Made, ReceiptDiffers, parts_of
from services.inventory.completions.tables import ProductionReceipt
from services.inventory.copies.queries import items_with
from services.inventory.lots.commands import PartDraft
from services.inventory.lots.rules import lot_id_of
from services.inventory.moves.commands import lock_items, post
from services.inventory.moves.rules import Posting
from services.inventory.places.queries import FOUND, places_for
from services.inventory.places.rules import suggest
from services.inventory.reservations.commands import restock
from shared.bulk import insert_rows
from shared.contracts.inventory.events import CompletionReceived, StockReceived
from shared.contracts.inventory.reservations import ReceiveCompletion
from shared.database import AsyncSession
from shared.outbox import record, teller
from shared.session import today


async def receive_completion(
    session: AsyncSession, order_id: UUID, wish: ReceiveCompletion
) -> ProductionReceipt:
    """Take what an order made into released stock. The same content again changes nothing."""
    await lock_items(session, [wish.item_id])
    asked = wish.model_dump(mode="json")
    standing = await session.get(ProductionReceipt, order_id)
    if standing is not None:
        if standing.asked != asked or standing.company_id != teller(session).company_id:
            raise ReceiptDiffers(order_number=standing.order_number)
        return standing
    lot_id = lot_id_of(teller(session).company_id, wish.item_id, wish.lot_number)
    items, (bins_found,) = await items_with(
        session, [wish.item_id], places_for(session, [wish.item_id], [lot_id], ["released"])
    )
    item = items[wish.item_id]
    parts = parts_of(order_id, item.tracking, wish.quantity, wish.serials, wish.conceded)
    bin_id = suggest(FOUND.validate_python(bins_found), "released", item.storage_class, lot_id).id

    receipt = ProductionReceipt(
        id=order_id,
        company_id=teller(session).company_id,
        order_number=wish.order_number,
        item_id=wish.item_id,
        lot_number=wish.lot_number,
        quantity=wish.quantity,
        conceded=wish.conceded,
        part_ids=[part.id for part in parts],
        asked=asked,
        received_on=today(session),
    )
    await insert_rows(session, (ProductionReceipt, [receipt]))
    await write_parts(session, order_id, wish, parts, bin_id)
    tell(session, receipt, wish, parts, lot_id)
    await restock(session, [wish.item_id])
    return receipt


async def write_parts(
    session: AsyncSession,
    order_id: UUID,
    wish: ReceiveCompletion,
    parts: Sequence[Made],
    bin_id: UUID,
) -> None:
    drafts = [
        PartDraft(
            id=part.id,
            item_id=wish.item_id,
            lot_number=wish.lot_number,
            quality=part.quality,
            source="completion",
            document_id=order_id,
            usable_until=wish.usable_until,
            serial=part.serial,
        )
        for part in parts
    ]
    postings = [
        Posting(
            part.id,
            wish.item_id,
            part.quantity,
            "completion",
            to_bin=bin_id,
            document_id=order_id,
            document_number=wish.order_number,
        )
        for part in parts
    ]
    await post(session, postings, drafts=drafts)


def tell(
    session: AsyncSession,
    receipt: ProductionReceipt,
    wish: ReceiveCompletion,
    parts: Sequence[Made],
    lot_id: UUID,
) -> None:
    for part in parts:
        record(
            session,
            StockReceived.model_validate(
                {
                    "part_id": part.id,
                    "lot_id": lot_id,
                    "lot_number": wish.lot_number,
                    "serial": part.serial,
                    "item_id": wish.item_id,
                    "quantity": part.quantity,
                    "quality": part.quality,
                    "usable_until": wish.usable_until,
                    "source": "completion",
                    "document_id": receipt.id,
                    "document_number": wish.order_number,
                    "received_on": receipt.received_on,
                }
            ),
        )
    record(
        session,
        CompletionReceived(
            saga_id=receipt.id,
            order_number=wish.order_number,
            item_id=wish.item_id,
            quantity=wish.quantity,
            part_ids=tuple(part.id for part in parts),
            received_on=receipt.received_on,
        ),
    )
