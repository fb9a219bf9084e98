"""Opening and settling items, and telling sales what customers owe."""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from services.finance.open_items.rules import OpenItemUnknown, Settlement, settle
from services.finance.open_items.tables import OpenItem
from shared.contracts.finance.events import CreditChanged
from shared.database import AsyncSession
from shared.outbox import record, teller

STAND = text("""
INSERT INTO credit_standing (company_id, customer_id, receivable, version)
SELECT :company, :customer, coalesce(sum(open_base), 0), 1 FROM open_item
WHERE company_id = :company AND kind = 'receivable' AND partner_id = :customer AND open_amount > 0
ON CONFLICT (company_id, customer_id) DO UPDATE SET
  receivable = excluded.receivable, version = credit_standing.version + 1
RETURNING receivable, version, (
  SELECT min(due_on) FROM open_item WHERE company_id = :company AND kind = 'receivable'
  AND partner_id = :customer AND open_amount > 0) AS oldest_due_on
""")


async def items_for_update(
    session: AsyncSession, kind: str, partner_id: UUID | None, ids: Collection[UUID]
) -> dict[UUID, OpenItem]:
    """The items, locked in id order. Raises OpenItemUnknown for one of another partner or kind."""
    rows = await session.exec(
        select(OpenItem)
        .where(
            OpenItem.company_id == teller(session).company_id,
            OpenItem.kind == kind,
            col(OpenItem.id).in_(set(ids)),
        )
        .order_by(col(OpenItem.id))
        .with_for_update()
    )
    found = {row.id: row for row in rows if partner_id in (None, row.partner_id)}
    if missing := set(ids) - found.keys():
        raise OpenItemUnknown(ids=sorted(missing))
    return found


def settle_item(item: OpenItem, amount: Decimal, rate: Decimal) -> Settlement:
    """Take a settlement off a locked item."""
    settlement = settle(item.open_amount, item.open_base, amount, rate)
    item.open_amount, item.open_base = (
        item.open_amount - amount,
        item.open_base - settlement.settled,
    )
    item.version += 1
    return settlement


async def tell_credit(session: AsyncSession, customer_id: UUID) -> None:
    """Say what the customer owes now; under the books' lock, so versions follow the truth."""
    await session.flush()
    values = {"company": teller(session).company_id, "customer": customer_id}
    row = (await session.execute(STAND, values)).mappings().one()
    record(session, CreditChanged.model_validate({"customer_id": customer_id, **row}))
