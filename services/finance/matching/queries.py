"""What an invoice is matched against: order terms and open receipts."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlmodel import col, select

from services.finance.accruals.tables import Accrual
from services.finance.copies.tables import PurchaseLineCopy
from services.finance.matching.rules import Ordered, Receipt
from shared.database import AsyncSession
from shared.outbox import teller


async def terms_of(
    session: AsyncSession, order_lines: Collection[UUID]
) -> Mapping[UUID, PurchaseLineCopy]:
    """The priced order lines that are known, by id."""
    rows = await session.exec(
        select(PurchaseLineCopy).where(
            PurchaseLineCopy.company_id == teller(session).company_id,
            col(PurchaseLineCopy.id).in_(set(order_lines)),
        )
    )
    return {row.id: row for row in rows}


async def accruals_of(session: AsyncSession, order_lines: Collection[UUID]) -> list[Accrual]:
    """The receipts of these order lines, locked in id order."""
    rows = await session.exec(
        select(Accrual)
        .where(
            Accrual.company_id == teller(session).company_id,
            col(Accrual.order_line_id).in_(set(order_lines)),
        )
        .order_by(col(Accrual.id))
        .with_for_update()
    )
    return list(rows)


def ordered(terms: Mapping[UUID, PurchaseLineCopy]) -> dict[UUID, Ordered]:
    return {
        id: Ordered(row.item_id, row.supplier_id, row.currency, row.price)
        for id, row in terms.items()
    }


def receipts(rows: Collection[Accrual]) -> list[Receipt]:
    return [
        Receipt(
            row.id,
            row.arrival_id,
            row.order_line_id,
            row.accepted_on,
            row.open_quantity,
            row.open_amount,
        )
        for row in rows
    ]
