"""Receivables and payables over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from services.finance.open_items.queries import LISTING
from shared.auth import CurrentActor, needs
from shared.contracts.finance.receivables import OpenItemRow
from shared.listing import ListQuery, Page, paged
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/open-items", tags=["open-items"], route_class=TransactionRoute)


@router.get("", dependencies=[needs("finance.open_item.read")])
async def list_open_items(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[OpenItemRow]:
    """What partners owe us and we owe them; `kind` is receivable or payable."""
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [OpenItemRow.model_validate(row) for row in rows], total, counts)
