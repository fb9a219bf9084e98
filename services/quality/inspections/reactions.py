"""What brings lots to inspection, and what takes them away again."""

from decimal import Decimal

from services.quality.copies.queries import items_by_id
from services.quality.inspections.commands import LotToOpen, Source, cancel_lots, open_lots
from shared.contracts.base import Envelope
from shared.contracts.procurement.events import GoodsArrived
from shared.contracts.production.events import LotCompleted, ProductionCancelled
from shared.database import AsyncSession
from shared.events import react_to


async def on_goods_arrived(session: AsyncSession, event: GoodsArrived, envelope: Envelope) -> None:
    """Every controlled line opens a lot; a line whose item is unknown here is controlled too."""
    assert envelope.type == GoodsArrived.subject
    items = await items_by_id(session, [line.item_id for line in event.lines])
    free = {id for id, item in items.items() if not item.inspect_incoming}
    lots = [
        LotToOpen(line.line_id, line.item_id, line.lot_number, line.quantity)
        for line in event.lines
        if line.item_id not in free
    ]
    exempt = sum((line.quantity for line in event.lines if line.item_id in free), Decimal(0))
    await open_lots(session, Source("incoming", event.arrival_id, event.number, exempt), lots)


async def on_lot_completed(session: AsyncSession, event: LotCompleted, envelope: Envelope) -> None:
    assert envelope.type == LotCompleted.subject
    lot = LotToOpen(event.order_id, event.item_id, event.lot_number, event.quantity, event.made_by)
    await open_lots(session, Source("final", event.order_id, event.order_number), [lot])


async def on_production_cancelled(
    session: AsyncSession, event: ProductionCancelled, envelope: Envelope
) -> None:
    assert envelope.type == ProductionCancelled.subject
    await cancel_lots(session, event.order_id)


REACTIONS = (
    react_to(GoodsArrived, on_goods_arrived),
    react_to(LotCompleted, on_lot_completed),
    react_to(ProductionCancelled, on_production_cancelled),
)
