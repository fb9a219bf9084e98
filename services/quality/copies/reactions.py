"""What quality hears of masterdata."""

from services.quality.copies.commands import keep_item
from shared.contracts.base import Envelope
from shared.contracts.masterdata.events import ItemPublished
from shared.database import AsyncSession
from shared.events import react_to


async def on_item(session: AsyncSession, event: ItemPublished, envelope: Envelope) -> None:
    assert envelope.type == ItemPublished.subject
    await keep_item(session, event)


REACTIONS = (react_to(ItemPublished, on_item),)
