"""Supplier invoices over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.finance.books.rules import BooksNotOpen
from services.finance.copies.rules import RateUnknown
from services.finance.matching.rules import QuantityNotPayable
from services.finance.supplier_invoices.commands import record_invoice, resolve_invoice
from services.finance.supplier_invoices.queries import LISTING, invoice_shown, show_invoice
from services.finance.supplier_invoices.rules import InvoiceRecordedBefore, InvoiceUnknown
from shared.auth import CurrentActor, needs
from shared.contracts.finance.supplier_invoices import (
    RecordSupplierInvoice,
    ResolveSupplierInvoice,
    SupplierInvoice,
    SupplierInvoiceRow,
)
from shared.listing import ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(
    prefix="/supplier-invoices", tags=["supplier-invoices"], route_class=TransactionRoute
)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("finance.supplier_invoice.write")],
    responses=problems(InvoiceRecordedBefore, RateUnknown, BooksNotOpen),
)
async def create_supplier_invoice(
    wish: RecordSupplierInvoice, session: Session, actor: CurrentActor
) -> SupplierInvoice:
    """Record an invoice; it is matched at once: `posted`, or `held` with its differences."""
    return invoice_shown(*await record_invoice(session, wish, actor), actor)


@router.get("", dependencies=[needs("finance.supplier_invoice.read")])
async def list_supplier_invoices(
    session: Session, actor: CurrentActor, query: Annotated[ListQuery, LISTING.parameters()]
) -> Page[SupplierInvoiceRow]:
    rows, total, counts = await LISTING.fetch(session, query, actor)
    return paged(query, [SupplierInvoiceRow.model_validate(row) for row in rows], total, counts)


@router.get(
    "/{id}",
    dependencies=[needs("finance.supplier_invoice.read")],
    responses=problems(InvoiceUnknown),
)
async def get_supplier_invoice(id: UUID, session: Session, actor: CurrentActor) -> SupplierInvoice:
    return await show_invoice(session, id, actor)


@router.post(
    "/{id}/actions/resolve",
    dependencies=[needs("finance.supplier_invoice.resolve")],
    responses=problems(InvoiceUnknown, QuantityNotPayable),
)
async def resolve_supplier_invoice(
    id: UUID, wish: ResolveSupplierInvoice, session: Session, actor: CurrentActor
) -> SupplierInvoice:
    """Accept a held invoice's price, or reject the invoice; with a reason in words."""
    return invoice_shown(*await resolve_invoice(session, id, wish, actor), actor)
