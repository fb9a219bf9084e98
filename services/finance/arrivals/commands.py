"""Telling procure-to-pay that an arrival is invoiced, and that it is paid."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from shared.contracts.finance.events import ArrivalInvoiced, ArrivalPaid
from shared.database import AsyncSession
from shared.outbox import record, teller

# The arrivals of which nothing accepted is open, with the invoices behind them. No invoices: all
# that was accepted went back before anybody asked for money.
INVOICED = text("""
SELECT a.arrival_id,
  coalesce(array_agg(DISTINCT m.invoice_id) FILTER (WHERE m.invoice_id IS NOT NULL),
    CAST('{}' AS uuid[])) AS invoices,
  bool_and(coalesce(o.open_amount, 0) <= 0) AS paid
FROM accrual AS a
LEFT JOIN invoice_match AS m ON m.company_id = a.company_id AND m.arrival_id = a.arrival_id
LEFT JOIN open_item AS o ON o.company_id = m.company_id AND o.id = m.invoice_id
WHERE a.company_id = :company AND a.arrival_id = ANY(
  SELECT unnest(CAST(:arrivals AS uuid[])) UNION
  SELECT t.arrival_id FROM invoice_match AS t
  WHERE t.company_id = :company AND t.invoice_id = ANY(CAST(:paid AS uuid[])))
GROUP BY a.arrival_id HAVING max(a.open_quantity) <= 0 ORDER BY a.arrival_id
""")


async def tell_invoiced(session: AsyncSession, arrivals: Collection[UUID]) -> None:
    """Say of each arrival that all that was accepted of it is invoiced, when it is."""
    for row in await invoiced_arrivals(session, arrivals=arrivals):
        record(session, ArrivalInvoiced(saga_id=row.arrival_id, invoice_ids=tuple(row.invoices)))


async def tell_paid(session: AsyncSession, invoices: Collection[UUID]) -> None:
    """Say of each arrival behind these invoices that it is invoiced and paid in full, if so."""
    for row in await invoiced_arrivals(session, paid=invoices):
        if row.paid:
            record(session, ArrivalPaid(saga_id=row.arrival_id))


async def tell_settled(session: AsyncSession, arrival_id: UUID) -> None:
    """After goods went back: what is left of the arrival may be invoiced, and paid, in full."""
    for row in await invoiced_arrivals(session, arrivals=[arrival_id]):
        record(session, ArrivalInvoiced(saga_id=row.arrival_id, invoice_ids=tuple(row.invoices)))
        if row.paid:
            record(session, ArrivalPaid(saga_id=row.arrival_id))


async def invoiced_arrivals(
    session: AsyncSession, arrivals: Collection[UUID] = (), paid: Collection[UUID] = ()
) -> Sequence[Row[Any]]:
    """Those of the arrivals, and of those behind paid invoices, that are invoiced in full."""
    await session.flush()
    asked = {
        "company": teller(session).company_id,
        "arrivals": list(arrivals),
        "paid": list(paid),
    }
    return (await session.execute(INVOICED, asked)).all()
