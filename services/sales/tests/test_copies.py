"""Stock told of many items at once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.sales.copies.commands import keep_stock
from shared.contracts.inventory.events import ItemAvailabilityChanged

FIRST, SECOND = UUID(int=1), UUID(int=2)
STANDS = text("SELECT id, version, on_hand FROM stock_copy ORDER BY id")


def told(item: UUID, version: int, on_hand: int) -> ItemAvailabilityChanged:
    figures = dict.fromkeys(("usable", "reserved", "to_inspect"), Decimal(0))
    return ItemAvailabilityChanged(
        item_id=item, version=version, on_hand=Decimal(on_hand), **figures
    )


async def test_of_two_events_of_an_item_the_newer_stands(service: Callable[..., Any]) -> None:
    async with service("sales") as sales, sales.session("service:sales") as session:
        batch = [told(SECOND, 3, 30), told(FIRST, 1, 5), told(SECOND, 2, 20)]
        await keep_stock(session, batch)
        await keep_stock(session, [told(SECOND, 2, 99), told(FIRST, 2, 7)])
        rows = (await session.execute(STANDS)).all()
    assert [(row.id, row.version, int(row.on_hand)) for row in rows] == [
        (FIRST, 2, 7),
        (SECOND, 3, 30),
    ]
