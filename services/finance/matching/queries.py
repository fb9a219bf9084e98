"""What an invoice is matched against: order terms and open receipts."""

from collections.abc import Collection, Mapping
from uuid import UUID

from services.finance.accruals.tables import Accrual
from services.finance.copies.tables import PurchaseLineCopy
from services.finance.matching.rules import Ordered, Receipt


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
