"""Receipts as they are shown."""

from collections.abc import Sequence
from operator import itemgetter
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col

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


# The receipt with what it settled, in one look.
LOOK = (
    select(Receipt, ReceiptAllocation)
    .outerjoin(ReceiptAllocation, col(ReceiptAllocation.receipt_id) == col(Receipt.id))
    .where(col(Receipt.id) == bindparam("id"), col(Receipt.company_id) == bindparam("us"))
    .order_by(col(ReceiptAllocation.invoice_id))
)


async def show_receipt(session: AsyncSession, id: UUID, actor: Actor) -> Shown:
    found = (await session.execute(LOOK, {"id": id, "us": actor.company_id})).all()
    if not found:
        raise ReceiptUnknown(id=id)
    return receipt_shown(found[0][0], [row for _, row in found if row is not None])


def receipt_shown(receipt: Receipt, allocations: Sequence[ReceiptAllocation]) -> Shown:
    settled = sorted((one.model_dump() for one in allocations), key=itemgetter("invoice_id"))
    return Shown.model_validate({**receipt.model_dump(), "allocations": settled})
