"""Supplier invoices and their lines, as printed."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Document, Owned


class SupplierInvoice(Document, ContextRow, table=True):
    """An invoice as the supplier printed it; the same number of a supplier stands only once."""

    __table_args__ = (
        UniqueConstraint("company_id", "supplier_id", "supplier_number"),
        UniqueConstraint("company_id", "number"),
        CheckConstraint("state IN ('held', 'posted', 'paid', 'rejected')", name="state"),
        CheckConstraint("gross = net + tax", name="gross"),
    )

    supplier_number: str
    supplier_id: UUID
    invoiced_on: date
    currency: str
    rate: Decimal = Field(max_digits=18, decimal_places=8)
    net: Decimal = Field(max_digits=18, decimal_places=2)
    tax: Decimal = Field(max_digits=18, decimal_places=2)
    gross: Decimal = Field(max_digits=18, decimal_places=2)
    differences: list[dict[str, object]] = Field(sa_column=Column(JSONB, nullable=False))
    note: str = ""
    resolved_by: str | None = None
    posted_on: date | None = None
    due_on: date | None = None


class SupplierInvoiceLine(Owned, ContextRow, table=True):
    invoice_id: UUID = Field(foreign_key="supplier_invoice.id", primary_key=True)
    line: int = Field(primary_key=True)
    order_line_id: UUID
    item_id: UUID | None
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    price: Decimal = Field(max_digits=18, decimal_places=6)
    tax_rate: Decimal = Field(max_digits=7, decimal_places=6)
    net: Decimal = Field(max_digits=18, decimal_places=2)
    tax: Decimal = Field(max_digits=18, decimal_places=2)
