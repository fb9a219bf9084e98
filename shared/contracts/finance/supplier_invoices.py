"""Supplier invoices: what a clerk records, and how they match order and receipt."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import (
    Act,
    Amount,
    AnyQuantity,
    Body,
    Contract,
    Currency,
    Name,
    Price,
    Quantity,
    Rate,
    Share,
)


class RecordSupplierInvoice(Body):
    """Body of `POST /supplier-invoices`. Matched against orders and receipts at once (B10)."""

    class Line(Body):
        order_line_id: UUID
        quantity: Quantity
        price: Price  # net per stock unit, in the invoice's currency
        tax_rate: Share

    supplier_id: UUID
    number: Name  # as printed by the supplier
    invoiced_on: date
    currency: Currency
    rate: Rate | None = None  # None: the rate of the day
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]


class ResolveSupplierInvoice(Act):
    """Body of `POST /supplier-invoices/{id}/actions/resolve`; the note is obligatory."""

    decision: Literal["accept", "reject"]


class Difference(Contract):
    """Why a line was held: the kind, the numbers, and the sentence a person reads."""

    line: int
    kind: Literal["quantity", "price", "currency", "supplier", "order"]
    invoiced: str
    expected: str
    text_en: str
    text_zh: str


class SupplierInvoiceLine(Contract):
    line: int
    order_line_id: UUID
    item_id: UUID | None
    quantity: AnyQuantity
    price: Price
    tax_rate: Share
    net: Amount  # invoice currency
    tax: Amount
    accrued: Amount  # company currency, taken from 220202 when it was posted


class SupplierInvoice(Contract):
    """A supplier invoice as it stands."""

    id: UUID
    number: str
    supplier_number: str
    supplier_id: UUID
    version: int
    state: str
    states: dict[str, str]
    invoiced_on: date
    due_on: date | None
    posted_on: date | None
    currency: Currency
    rate: Rate
    net: Amount
    tax: Amount
    gross: Amount
    open_amount: Amount | None
    lines: tuple[SupplierInvoiceLine, ...]
    differences: tuple[Difference, ...]
    note: str
    created_by: str
    allowed_actions: tuple[str, ...]


class SupplierInvoiceRow(Contract):
    id: UUID
    number: str
    supplier_number: str
    supplier_id: UUID
    version: int
    state: str
    invoiced_on: date
    currency: Currency
    gross: Amount
