"""Receipts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.finance.books.rules import BooksNotOpen
from services.finance.copies.rules import RateUnknown
from services.finance.open_items.rules import CurrencyDiffers, OpenItemUnknown, OverAllocated
from services.finance.receipts.commands import record_receipt
from services.finance.receipts.queries import LISTING, receipt_shown, show_receipt
from services.finance.receipts.rules import AllocationsExceed, ReceiptUnknown
from shared.auth import CurrentActor, needs
from shared.contracts.finance.receivables import Receipt, RecordReceipt
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/receipts", tags=["receipts"], route_class=TransactionRoute)
READ = [needs("finance.receipt.read")]


@router.post(
    "",
    status_code=201,
    dependencies=[needs("finance.receipt.write")],
    responses=problems(
        OpenItemUnknown,
        OverAllocated,
        AllocationsExceed,
        CurrencyDiffers,
        RateUnknown,
        BooksNotOpen,
    ),
)
async def create_receipt(wish: RecordReceipt, session: Session, actor: CurrentActor) -> Receipt:
    """Record money from a customer and settle invoices with it; the voucher stands at once."""
    return receipt_shown(*await record_receipt(session, wish, actor))


@router.get("", dependencies=READ)
async def list_receipts(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[Receipt]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    shown = [Receipt.model_validate({**row.model_dump(), "allocations": ()}) for row in rows]
    return paged(query, shown, total, counts)


@router.get("/{id}", dependencies=READ, responses=problems(ReceiptUnknown))
async def get_receipt(id: UUID, session: Session, actor: CurrentActor) -> Receipt:
    return await show_receipt(session, id, actor)
