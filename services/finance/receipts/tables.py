"""Money received from customers."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Document, Owned


class Receipt(Document, ContextRow, table=True):
    """One receipt; what is not allocated to invoices is an advance (2205)."""

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        CheckConstraint("amount > 0 AND 0 <= advance AND advance <= amount", name="amounts"),
    )

    customer_id: UUID
    amount: Decimal = Field(max_digits=18, decimal_places=2)
    currency: str
    rate: Decimal = Field(max_digits=18, decimal_places=8)
    received_on: date
    posted_on: date
    advance: Decimal = Field(max_digits=18, decimal_places=2)


class ReceiptAllocation(Owned, ContextRow, table=True):
    receipt_id: UUID = Field(foreign_key="receipt.id", primary_key=True)
    invoice_id: UUID = Field(primary_key=True)
    amount: Decimal = Field(max_digits=18, decimal_places=2)
