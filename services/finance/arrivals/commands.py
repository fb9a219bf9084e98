"""Telling procure-to-pay that an arrival is invoiced, and that it is paid."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, func
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
    """Those of the arrivals of which nothing accepted is open, with the invoices behind them.

    No invoices: all that was accepted went back before anybody asked for money.
    """
    await session.flush()
    company = teller(session).company_id
    rows = await session.exec(
        select(Accrual.arrival_id, InvoiceMatch.invoice_id)
        .outerjoin(
            InvoiceMatch,
            and_(
                col(InvoiceMatch.company_id) == col(Accrual.company_id),
                col(InvoiceMatch.arrival_id) == col(Accrual.arrival_id),
            ),
        )
        .where(Accrual.company_id == company, col(Accrual.arrival_id).in_(set(arrivals)))
        .group_by(col(Accrual.arrival_id), col(InvoiceMatch.invoice_id))
        .having(func.max(col(Accrual.open_quantity)) <= 0)
    )
    found: dict[UUID, set[UUID]] = {}
    for arrival, invoice in sorted(rows, key=str):
        found.setdefault(arrival, set()).update({invoice} if invoice else ())
    return found
