"""What an invoice is matched against: order terms and open receipts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select
from sqlmodel import col

from services.finance.accruals.tables import Accrual
from services.finance.copies.tables import ItemCopy, PurchaseLineCopy
from services.finance.matching.rules import Ordered, Receipt
from services.finance.valuation.commands import Stand
from services.finance.valuation.rules import Pool
from services.finance.valuation.tables import StockValue

Against = tuple[Select[PurchaseLineCopy], Select[Accrual], Select[ItemCopy], Select[StockValue]]


def against(order_lines: Any) -> Against:
    """The questions that a match asks of these order lines: terms, receipts, items and pools."""
    company = bindparam("company", type_=Uuid())
    items = select(col(PurchaseLineCopy.item_id)).where(col(PurchaseLineCopy.id).in_(order_lines))
    return (
        select(PurchaseLineCopy)
        .where(col(PurchaseLineCopy.company_id) == company)
        .where(col(PurchaseLineCopy.id).in_(order_lines)),
        select(Accrual)
        .where(col(Accrual.company_id) == company, col(Accrual.order_line_id).in_(order_lines))
        .order_by(col(Accrual.id)),
        select(ItemCopy).where(col(ItemCopy.company_id) == company, col(ItemCopy.id).in_(items)),
        select(StockValue)
        .where(col(StockValue.company_id) == company)
        .where(col(StockValue.item_id).in_(items)),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """The answers, outside the session; the books' lock keeps them true."""

    terms: Mapping[UUID, PurchaseLineCopy]
    accruals: Sequence[Accrual]
    stands: Mapping[UUID, Stand]


def known_of(
    terms: Sequence[PurchaseLineCopy],
    accruals: Sequence[Accrual],
    items: Sequence[ItemCopy],
    values: Sequence[StockValue],
) -> Known:
    pools = {one.item_id: Pool(one.quantity, one.value) for one in values}
    stands = {one.id: Stand(one.kind, pools.get(one.id, Pool())) for one in items}
    return Known({one.id: one for one in terms}, accruals, stands)


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
