"""What a match does to receipts, stock value and journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, select
from sqlmodel import col

from services.finance.accruals.tables import Accrual
from services.finance.copies.tables import ItemCopy, PurchaseLineCopy
from services.finance.matching.rules import Invoiced, Match, split_difference
from services.finance.posting_rules.rules import Entry
from services.finance.valuation.commands import Move, Stand
from services.finance.valuation.rules import ZERO, Pool
from services.finance.valuation.tables import StockValue
from shared.decimals import cents

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


def related(matches: Sequence[Match], accruals: Mapping[UUID, Accrual]) -> tuple[UUID, ...]:
    """The orders and arrivals behind the invoice, each once."""
    ids: dict[UUID, None] = {}
    for match in matches:
        ids |= dict.fromkeys((accruals[match.receipt.id].order_id, match.receipt.arrival_id))
    return tuple(ids)


def accrual_entries(matches: Sequence[Match], accruals: Mapping[UUID, Accrual]) -> list[Entry]:
    """One per receipt: what it had accrued is taken back."""
    return [
        Entry(
            {"accrued": match.accrued},
            partner_id=accruals[match.receipt.id].supplier_id,
            item_id=accruals[match.receipt.id].item_id,
            line_id=match.receipt.id,
            quantity=match.quantity,
        )
        for match in matches
    ]


def difference_entries(
    rate: Decimal, lines: Sequence[Invoiced], matches: Sequence[Match], known: Known
) -> tuple[list[Entry], list[Move]]:
    """What each line costs more or less than was accrued, where its goods are now."""
    pools = {item: stand.pool for item, stand in known.stands.items()}
    entries: list[Entry] = []
    moves: list[Move] = []
    for line in lines:
        item = known.terms[line.order_line_id].item_id
        accrued = sum((one.accrued for one in matches if one.line == line.line), ZERO)
        pool, worth = pools[item], cents(line.net * rate) - accrued
        held, used = split_difference(worth, line.quantity, pool.quantity, pool.value)
        pools[item] = Pool(pool.quantity, pool.value + held)
        entries.append(
            Entry({"diff_on_hand": held, "diff_used": used}, known.stands[item].kind, item_id=item)
        )
        if held:
            moves.append(Move(item, ZERO, held))
    return entries, moves


SETTLED = ("invoiced", "open_quantity", "open_amount", "version")


def settle_accruals(
    invoice_id: UUID, matches: Sequence[Match], accruals: Mapping[UUID, Accrual]
) -> list[dict[str, Any]]:
    """Take what was matched off the receipts; the rows that say so."""
    rows: list[dict[str, Any]] = []
    for match in matches:
        row = accruals[match.receipt.id]
        row.invoiced += match.quantity
        row.open_quantity -= match.quantity
        row.open_amount -= match.accrued
        row.version += 1
        rows.append(
            {
                "invoice_id": invoice_id,
                "line": match.line,
                "arrival_line_id": row.id,
                "arrival_id": row.arrival_id,
                "company_id": row.company_id,
                "quantity": match.quantity,
                "accrued": match.accrued,
            }
        )
    return rows
