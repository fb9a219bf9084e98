"""Receipts over HTTP: made by arrivals, read by people."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.inventory.receipts.queries import LISTING
from services.inventory.receipts.rules import ReceiptUnknown
from services.inventory.receipts.tables import ReceiptLine
from shared.auth import CurrentActor, needs
from shared.contracts.inventory.receipts import ReceiptLineShown
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/receipts", tags=["receipts"], route_class=TransactionRoute)
READ = needs("inventory.receipt.read")


@router.get("", dependencies=[READ])
async def list_receipts(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[ReceiptLineShown]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [ReceiptLineShown.model_validate(row) for row in rows], total, counts)


@router.get("/{id}", dependencies=[READ], responses=problems(ReceiptUnknown))
async def show_receipt(id: UUID, session: Session, actor: CurrentActor) -> ReceiptLineShown:
    row = await session.get(ReceiptLine, id)
    if row is None or row.company_id != actor.company_id:
        raise ReceiptUnknown(id=id)
    return ReceiptLineShown.model_validate(row)
