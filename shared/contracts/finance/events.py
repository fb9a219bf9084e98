"""Facts of finance."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.approvals import ApprovalChanged
from shared.contracts.base import Amount, Answer, AnyQuantity, Contract, Currency, Event


class VoucherLine(Contract):
    account: str
    debit: Amount
    credit: Amount


class VoucherPosted(Event):
    """A balanced voucher stands in the books, linked to the document that caused it."""

    subject: ClassVar[str] = "erp.finance.voucher_posted.v1"
    aggregate: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    number: str
    posted_on: date
    rule: str  # which posting rule
    source_type: str
    source_id: UUID
    source_number: str
    related_ids: tuple[UUID, ...] = ()  # the order, the arrival … behind the source


class PaymentApprovalChanged(ApprovalChanged):
    subject: ClassVar[str] = "erp.finance.approval_changed.v1"


class InvoicePosted(Answer):
    """A sales invoice stands in the books. `saga_id` is the delivery's id."""

    class Line(Contract):
        order_line_id: UUID
        item_id: UUID
        quantity: AnyQuantity
        net: Amount  # company currency
        tax: Amount

    subject: ClassVar[str] = "erp.finance.invoice_posted.v1"
    aggregate: ClassVar[str] = "saga_id"

    invoice_id: UUID
    number: str
    order_id: UUID
    customer_id: UUID
    currency: Currency
    net: Amount
    tax: Amount
    gross: Amount
    posted_on: date
    lines: tuple[Line, ...]


class CostOfSalesPosted(Event):
    """Read by analytics alone: what the shipped goods cost."""

    class Line(Contract):
        order_line_id: UUID
        item_id: UUID
        quantity: AnyQuantity
        cost: Amount

    subject: ClassVar[str] = "erp.finance.cost_of_sales_posted.v1"
    aggregate: ClassVar[str] = "delivery_id"

    delivery_id: UUID
    order_id: UUID
    posted_on: date
    lines: tuple[Line, ...]


class ItemValued(Event):
    """Read by analytics alone: an item's stock value after a posting; replace if newer."""

    subject: ClassVar[str] = "erp.finance.item_valued.v1"
    aggregate: ClassVar[str] = "item_id"

    item_id: UUID
    version: int
    quantity: AnyQuantity
    value: Amount
    valued_on: date


class ArrivalInvoiced(Answer):
    """All that was accepted of an arrival is matched with supplier invoices."""

    subject: ClassVar[str] = "erp.finance.arrival_invoiced.v1"
    aggregate: ClassVar[str] = "saga_id"

    invoice_ids: tuple[UUID, ...]


class ArrivalPaid(Answer):
    """Those invoices are paid."""

    subject: ClassVar[str] = "erp.finance.arrival_paid.v1"
    aggregate: ClassVar[str] = "saga_id"


class SupplierInvoiceHeld(Event):
    """Quantity or price differ from what was ordered and accepted: a person must decide."""

    subject: ClassVar[str] = "erp.finance.supplier_invoice_held.v1"
    aggregate: ClassVar[str] = "invoice_id"

    invoice_id: UUID
    number: str
    supplier_id: UUID
    differences: tuple[str, ...]


class PaymentExecuted(Event):
    subject: ClassVar[str] = "erp.finance.payment_executed.v1"
    aggregate: ClassVar[str] = "payment_id"

    payment_id: UUID
    number: str
    supplier_id: UUID
    amount: Amount
    currency: Currency
    paid_on: date
    invoice_ids: tuple[UUID, ...]


class CreditChanged(Event):
    """What a customer owes and has overdue, company currency; replace if newer."""

    subject: ClassVar[str] = "erp.finance.credit_changed.v1"
    aggregate: ClassVar[str] = "customer_id"

    customer_id: UUID
    version: int
    receivable: Amount
    oldest_due_on: date | None
