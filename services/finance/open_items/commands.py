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
WITH stands AS (
  SELECT c.id AS customer_id, coalesce(sum(o.open_base), 0) AS receivable,
    min(o.due_on) AS oldest_due_on
  FROM unnest(CAST(:customers AS uuid[])) AS c (id)
  LEFT JOIN open_item AS o ON o.company_id = :company AND o.kind = 'receivable'
    AND o.partner_id = c.id AND o.open_amount > 0
  GROUP BY c.id
), kept AS (
  INSERT INTO credit_standing (company_id, customer_id, receivable, version)
  SELECT :company, customer_id, receivable, 1 FROM stands ORDER BY customer_id
  ON CONFLICT (company_id, customer_id) DO UPDATE SET
    receivable = excluded.receivable, version = credit_standing.version + 1
  RETURNING customer_id, version
)
SELECT customer_id, receivable, version, oldest_due_on FROM stands JOIN kept USING (customer_id)
ORDER BY customer_id
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


async def tell_credit(session: AsyncSession, customers: Collection[UUID]) -> None:
    """Say what customers owe now; under the books' lock, so versions follow the truth."""
    await session.flush()
    values = {"company": teller(session).company_id, "customers": sorted(customers)}
    for row in (await session.execute(STAND, values)).mappings():
        record(session, CreditChanged.model_validate(row))
