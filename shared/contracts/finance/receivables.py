"""Sales invoices as they stand, and receipts from customers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import (
    Amount,
    Body,
    Contract,
    Currency,
    Price,
    Quantity,
    Rate,
    Share,
)

PositiveAmount = Annotated[Amount, Field(gt=0)]


class SalesInvoiceLine(Contract):
    line: int
    order_line_id: UUID
    item_id: UUID
    quantity: Quantity
    price: Price
    tax_rate: Share
    net: Amount  # invoice currency
    tax: Amount


class SalesInvoice(Contract):
    """A sales invoice; its id is the delivery's."""

    id: UUID
    number: str
    version: int
    state: str
    states: dict[str, str]
    delivery_number: str
    order_id: UUID
    order_number: str
    customer_id: UUID
    currency: Currency
    rate: Rate
    net: Amount
    tax: Amount
    gross: Amount
    open_amount: Amount | None
    shipped_on: date
    posted_on: date | None
    due_on: date | None
    lines: tuple[SalesInvoiceLine, ...]
    created_by: str
    allowed_actions: tuple[str, ...]


class SalesInvoiceRow(Contract):
    id: UUID
    number: str
    version: int
    state: str
    order_id: UUID
    order_number: str
    delivery_number: str
    customer_id: UUID
    currency: Currency
    gross: Amount


class RecordReceipt(Body):
    """Body of `POST /receipts`: money from a customer; what is not allocated is an advance."""

    class Allocation(Body):
        invoice_id: UUID
        amount: PositiveAmount

    customer_id: UUID
    amount: PositiveAmount
    currency: Currency
    rate: Rate | None = None  # None: the rate of the day
    received_on: date
    allocations: Annotated[tuple[Allocation, ...], Field(max_length=500)] = ()


class ReceiptAllocation(Contract):
    invoice_id: UUID
    amount: Amount


class Receipt(Contract):
    id: UUID
    number: str
    version: int
    state: str
    customer_id: UUID
    amount: Amount
    currency: Currency
    rate: Rate
    received_on: date
    posted_on: date
    advance: Amount
    allocations: tuple[ReceiptAllocation, ...]
    created_by: str


class OpenItemRow(Contract):
    """One receivable or payable that is not settled in full."""

    id: UUID
    kind: str
    partner_id: UUID
    number: str
    currency: Currency
    amount: Amount
    open_amount: Amount
    open_base: Amount
    posted_on: date
    due_on: date
