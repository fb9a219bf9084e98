"""Finance's assembly."""

from datetime import timedelta

from fastapi import FastAPI

from services.finance.accounts.routes import router as accounts
from services.finance.closing.commands import install_first
from services.finance.closing.routes import router as periods
from services.finance.facts.commands import retry_parked
from services.finance.facts.reactions import REACTIONS as FACTS
from services.finance.facts.routes import router as pending_facts
from services.finance.imports.routes import router as imports
from services.finance.labels import LABELS
from services.finance.ledgers.routes import router as ledgers
from services.finance.open_items.routes import router as open_items
from services.finance.payment_proposals.routes import router as payment_proposals
from services.finance.payments.routes import router as payments
from services.finance.receipts.routes import router as receipts
from services.finance.sales_invoices.reactions import REACTIONS as SALES_INVOICES
from services.finance.sales_invoices.routes import router as sales_invoices
from services.finance.supplier_invoices.routes import router as supplier_invoices
from services.finance.vouchers.routes import router as vouchers
from shared.approval_deadlines import deadlines
from shared.contracts.finance.events import PaymentApprovalChanged
from shared.jobs import Job
from shared.service import create_service
from shared.settings import ServiceSettings
from shared.spec import ServiceSpec

SPEC = ServiceSpec(
    context="finance",
    title="Mailuo finance 财务",
    routers=(
        accounts,
        imports,
        ledgers,
        open_items,
        payment_proposals,
        payments,
        pending_facts,
        periods,
        receipts,
        sales_invoices,
        supplier_invoices,
        vouchers,
    ),
    reactions=(*SALES_INVOICES, *FACTS),  # in this order: what was shipped, then its cost
    jobs=(
        Job("install_books", timedelta(days=1), install_first),
        Job("retry_parked_facts", timedelta(seconds=2), retry_parked),
        deadlines(PaymentApprovalChanged),
    ),
    labels=LABELS,
)


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service(SPEC, settings)
