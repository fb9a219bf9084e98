"""The journal: vouchers, their lines, and the balances kept beside them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, UniqueConstraint, Uuid
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Document, Owned, instant


class Voucher(Document, ContextRow, table=True):
    """A balanced voucher of one fact (记账凭证). Only its review is ever added to it."""

    __table_args__ = (
        UniqueConstraint("company_id", "fact_id", "rule"),
        UniqueConstraint("company_id", "number"),
        CheckConstraint("state IN ('posted', 'reviewed')", name="state"),
        CheckConstraint("reviewed_by <> created_by", name="hands"),
        Index("ix_voucher_source", "company_id", "source_id"),
        Index("ix_voucher_day", "company_id", "posted_on"),
    )

    period: str
    posted_on: date
    business_on: date
    rule: str
    rule_version: int
    fact_id: UUID  # the event or document that was posted; once per rule
    source_type: str
    source_id: UUID
    source_number: str
    related_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    summary_zh: str
    summary_en: str
    total: Decimal = Field(max_digits=18, decimal_places=2)
    reviewed_by: str | None = None
    reviewed_at: datetime | None = instant(nullable=True)


class VoucherLine(Owned, ContextRow, table=True):
    """One line of the journal. Never changed; corrections are red vouchers."""

    __table_args__ = (
        CheckConstraint("(debit = 0) <> (credit = 0)", name="one_side"),
        Index("ix_voucher_line_account", "company_id", "account", "posted_on"),
        policy(sealed=True),
    )

    voucher_id: UUID = Field(foreign_key="voucher.id", primary_key=True)
    line: int = Field(primary_key=True)
    posted_on: date
    account: str
    debit: Decimal = Field(max_digits=18, decimal_places=2)
    credit: Decimal = Field(max_digits=18, decimal_places=2)
    partner_id: UUID | None = None
    item_id: UUID | None = None
    order_id: UUID | None = None
    line_id: UUID | None = None
    element: str | None = None
    cash_flow: str | None = None
    quantity: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
    currency: str | None = None
    rate: Decimal | None = Field(default=None, max_digits=18, decimal_places=8)
    amount_fc: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)


class AccountBalance(Owned, ContextRow, table=True):
    """Turnover of one account in one period, written with the lines that it sums."""

    __table_args__ = (policy(unaudited="sums of voucher lines, checked against them"),)

    company_id: UUID = Field(primary_key=True)
    period: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    debit: Decimal = Field(max_digits=18, decimal_places=2)
    credit: Decimal = Field(max_digits=18, decimal_places=2)
    lines: int
