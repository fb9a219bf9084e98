"""Imports every table of finance, so that migrations see them all."""

from services.finance.accounts import tables as accounts
from services.finance.accruals import tables as accruals
from services.finance.copies import tables as copies
from services.finance.cost_of_sales import tables as cost_of_sales
from services.finance.facts import tables as facts
from services.finance.matching import tables as matching
from services.finance.open_items import tables as open_items
from services.finance.payments import tables as payments
from services.finance.periods import tables as periods
from services.finance.posting_rules import tables as posting_rules
from services.finance.receipts import tables as receipts
from services.finance.sales_invoices import tables as sales_invoices
from services.finance.supplier_invoices import tables as supplier_invoices
from services.finance.valuation import tables as valuation
from services.finance.vouchers import tables as vouchers
from services.finance.work_in_progress import tables as work_in_progress

TABLES = (
    accounts,
    accruals,
    copies,
    cost_of_sales,
    facts,
    matching,
    open_items,
    payments,
    periods,
    posting_rules,
    receipts,
    sales_invoices,
    supplier_invoices,
    valuation,
    vouchers,
    work_in_progress,
)
