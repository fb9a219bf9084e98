"""Receipts as they are shown."""

from uuid import UUID

from sqlmodel import col, select

from services.finance.receipts.rules import ReceiptUnknown
from services.finance.receipts.tables import Receipt, ReceiptAllocation
from shared.actor import Actor
from shared.contracts.finance.receivables import Receipt as Shown
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Receipt,
    {"state": "in", "customer_id": "ref", "received_on": "range", "currency": "eq"},
    sort=("created_at", "number"),
    search=("number",),
)


async def show_receipt(session: AsyncSession, id: UUID, actor: Actor) -> Shown:
    receipt = await session.get(Receipt, id)
    if receipt is None or receipt.company_id != actor.company_id:
        raise ReceiptUnknown(id=id)
    rows = await session.exec(
        select(ReceiptAllocation)
        .where(ReceiptAllocation.receipt_id == id)
        .order_by(col(ReceiptAllocation.invoice_id))
    )
    values = {**receipt.model_dump(), "allocations": [row.model_dump() for row in rows]}
    return Shown.model_validate(values)
