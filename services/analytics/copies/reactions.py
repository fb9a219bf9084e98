"""Masters heard."""

from collections.abc import Awaitable, Callable
from typing import Any

from services.analytics.copies.commands import Named, keep_dimension
from shared.contracts.base import Envelope
from shared.contracts.masterdata.events import (
    CustomerPublished,
    ItemPublished,
    SupplierPublished,
    WorkCentrePublished,
)
from shared.database import AsyncSession
from shared.events import react_to


def keeping(kind: str) -> Callable[[AsyncSession, Any, Envelope], Awaitable[None]]:
    async def keep(session: AsyncSession, master: Named, _envelope: Envelope) -> None:
        await keep_dimension(session, kind, master)

    return keep


REACTIONS = (
    react_to(ItemPublished, keeping("item"), patient=True),
    react_to(CustomerPublished, keeping("customer"), patient=True),
    react_to(SupplierPublished, keeping("supplier"), patient=True),
    react_to(WorkCentrePublished, keeping("work_centre"), patient=True),
)
