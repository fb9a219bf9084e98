"""Payments to suppliers."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Document, Owned


class Payment(Document, ContextRow, table=True):
    """One payment to one supplier. Never approved by whoever proposed it (G14)."""

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        CheckConstraint("state IN ('proposed', 'approved', 'executed', 'cancelled')", name="state"),
        CheckConstraint("approved_by <> created_by", name="hands"),
        CheckConstraint("amount > 0", name="amount"),
    )

    supplier_id: UUID
    currency: str
    amount: Decimal = Field(max_digits=18, decimal_places=2)
    approved_by: str | None = None
    executed_by: str | None = None
    paid_on: date | None = None
    rate: Decimal | None = Field(default=None, max_digits=18, decimal_places=8)
    note: str = ""


class PaymentLine(Owned, ContextRow, table=True):
    payment_id: UUID = Field(foreign_key="payment.id", primary_key=True)
    invoice_id: UUID = Field(primary_key=True)
    number: str
    amount: Decimal = Field(max_digits=18, decimal_places=2)
    due_on: date
