"""Sales invoices over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.finance.books.rules import BooksNotOpen
from services.finance.sales_invoices.commands import (
    post_invoices,
    request_invoice,
    withdraw_request,
)
from services.finance.sales_invoices.queries import LISTING, invoice_shown, show_invoice
from services.finance.sales_invoices.rules import (
    SalesInvoiceDiffers,
    SalesInvoicePosted,
    SalesInvoiceUnknown,
    SalesInvoiceWithdrawn,
)
from shared.auth import CurrentActor, needs
from shared.batches import Batch, Partial
from shared.contracts.base import Act, ActAll, ActResults
from shared.contracts.finance.invoices import RequestInvoice
from shared.contracts.finance.receivables import SalesInvoice, SalesInvoiceRow
from shared.lifecycle import ActionNotAllowed
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/sales-invoices", tags=["sales-invoices"], route_class=TransactionRoute)
READ = [needs("finance.sales_invoice.read")]
REQUEST = [needs("finance.sales_invoice.request")]
POST = [needs("finance.sales_invoice.post")]


@router.put(
    "/{id}",
    dependencies=REQUEST,
    responses=problems(SalesInvoiceDiffers, SalesInvoiceWithdrawn),
)
async def put_sales_invoice(
    id: UUID, wish: RequestInvoice, session: Session, actor: CurrentActor
) -> SalesInvoice:
    """Ask for the invoice of a delivery; safe to repeat. A finance clerk posts it."""
    invoice, lines = await request_invoice(session, id, wish, actor)
    if invoice.posted_on is None:
        return invoice_shown(invoice, lines, None, actor)
    return await show_invoice(session, id, actor)


@router.delete(
    "/{id}",
    dependencies=REQUEST,
    responses=problems(SalesInvoicePosted, SalesInvoiceUnknown),
)
async def delete_sales_invoice(id: UUID, session: Session, actor: CurrentActor) -> SalesInvoice:
    """Withdraw the request: the draft is cancelled, never deleted. Safe to repeat."""
    await withdraw_request(session, id, actor)
    await session.flush()
    return await show_invoice(session, id, actor)


@router.get("", dependencies=READ)
async def list_sales_invoices(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[SalesInvoiceRow]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [SalesInvoiceRow.model_validate(row) for row in rows], total, counts)


@router.get("/{id}", dependencies=READ, responses=problems(SalesInvoiceUnknown))
async def get_sales_invoice(id: UUID, session: Session, actor: CurrentActor) -> SalesInvoice:
    return await show_invoice(session, id, actor)


@router.post(
    "/{id}/actions/post",
    dependencies=POST,
    responses=problems(SalesInvoiceUnknown, ActionNotAllowed, BooksNotOpen),
)
async def post_sales_invoice(
    id: UUID, act: Act, session: Session, actor: CurrentActor
) -> SalesInvoice:
    """Post the invoice: revenue, receivable and VAT stand in the books."""
    [(invoice, lines)] = await post_invoices(session, Batch.of_one(id, act.version), actor)
    return invoice_shown(invoice, lines, invoice.gross, actor)


@router.post("/actions/post", dependencies=POST)
async def post_sales_invoices(
    wish: ActAll, session: Session, actor: CurrentActor, *, partial: Partial = False
) -> ActResults:
    """Post several invoices."""
    batch = Batch(wish.items, partial=partial)
    done = await post_invoices(session, batch, actor)
    return batch.results(invoice for invoice, _ in done)
