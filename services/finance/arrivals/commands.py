"""Telling procure-to-pay that an arrival is invoiced, and that it is paid."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select

from services.finance.accruals.tables import Accrual
from services.finance.matching.tables import InvoiceMatch
from services.finance.open_items.tables import OpenItem
from shared.contracts.finance.events import ArrivalInvoiced, ArrivalPaid
from shared.database import AsyncSession
from shared.outbox import record, teller


async def tell_invoiced(session: AsyncSession, arrivals: Collection[UUID]) -> None:
    """Say of each arrival that all that was accepted of it is invoiced, when it is."""
    for arrival, invoices in (await invoiced_arrivals(session, arrivals)).items():
        record(session, ArrivalInvoiced(saga_id=arrival, invoice_ids=tuple(sorted(invoices))))


async def tell_paid(session: AsyncSession, invoices: Collection[UUID]) -> None:
    """Say of each arrival behind these invoices that it is invoiced and paid in full, if so."""
    company = teller(session).company_id
    touched = await session.exec(
        select(InvoiceMatch.arrival_id)
        .where(InvoiceMatch.company_id == company, col(InvoiceMatch.invoice_id).in_(set(invoices)))
        .distinct()
    )
    await tell_paid_arrivals(session, list(touched))


async def tell_paid_arrivals(session: AsyncSession, arrivals: Collection[UUID]) -> None:
    found = await invoiced_arrivals(session, arrivals)
    unpaid = await session.exec(
        select(OpenItem.id).where(
            OpenItem.company_id == teller(session).company_id,
            col(OpenItem.id).in_({id for ids in found.values() for id in ids}),
            col(OpenItem.open_amount) > 0,
        )
    )
    waiting = set(unpaid)
    for arrival, ids in found.items():
        if not ids & waiting:
            record(session, ArrivalPaid(saga_id=arrival))


async def tell_settled(session: AsyncSession, arrival_id: UUID) -> None:
    """After goods went back: what is left of the arrival may be invoiced, and paid, in full."""
    await tell_invoiced(session, [arrival_id])
    await tell_paid_arrivals(session, [arrival_id])


async def invoiced_arrivals(
    session: AsyncSession, arrivals: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    """Those of the arrivals of which nothing accepted is open, with the invoices behind them."""
    await session.flush()
    company = teller(session).company_id
    still_open = await session.exec(
        select(Accrual.arrival_id).where(
            Accrual.company_id == company,
            col(Accrual.arrival_id).in_(set(arrivals)),
            col(Accrual.open_quantity) > 0,
        )
    )
    whole = set(arrivals) - set(still_open)
    rows = await session.exec(
        select(InvoiceMatch.arrival_id, InvoiceMatch.invoice_id)
        .where(InvoiceMatch.company_id == company, col(InvoiceMatch.arrival_id).in_(whole))
        .distinct()
    )
    found: dict[UUID, set[UUID]] = {}
    for arrival, invoice in sorted(rows):
        found.setdefault(arrival, set()).add(invoice)
    return found
