"""What partners owe us and we owe them, item by item: the subledger of 1122 and 220201 (G3)."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned


class OpenItem(Owned, ContextRow, table=True):
    """One invoice to be settled, in its own currency and as booked in company currency.

    `reserved_by` is the payment that is about to settle it: nothing is paid twice.
    """

    __table_args__ = (
        CheckConstraint("kind IN ('receivable', 'payable')", name="kind"),
        CheckConstraint("0 <= open_amount AND open_amount <= amount", name="residual"),
        CheckConstraint("open_amount > 0 OR open_base = 0", name="closed"),
        Index(
            "ix_open_item_due",
            "company_id",
            "kind",
            "partner_id",
            "due_on",
            postgresql_where=text("open_amount > 0"),
        ),
    )

    id: UUID = Field(primary_key=True)  # the invoice
    kind: str
    partner_id: UUID
    number: str
    currency: str
    amount: Decimal = Field(max_digits=18, decimal_places=2)
    open_amount: Decimal = Field(max_digits=18, decimal_places=2)
    base: Decimal = Field(max_digits=18, decimal_places=2)
    open_base: Decimal = Field(max_digits=18, decimal_places=2)
    posted_on: date
    due_on: date
    reserved_by: UUID | None = None
    version: int = 1


class CreditStanding(Owned, ContextRow, table=True):
    """What a customer owes in all; `version` orders what is told about it."""

    __table_args__ = (policy(unaudited="sums of open items, checked against them"),)

    company_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    receivable: Decimal = Field(max_digits=18, decimal_places=2)
    version: int
