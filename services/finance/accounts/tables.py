"""The chart of accounts, and which account plays which role."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, String
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Owned


class Account(Owned, ContextRow, table=True):
    """One account. Only a leaf is posted to; `control` names the subledger behind it."""

    __table_args__ = (CheckConstraint("side IN ('debit', 'credit')", name="side"),)

    company_id: UUID = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name_zh: str
    name_en: str
    type: str
    side: str  # where its balance normally stands
    leaf: bool
    active: bool = True
    control: str = ""  # stock, wip, accrual, payable, receivable; empty: none
    required: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))  # dimensions
    version: int = 1


class AccountRole(Owned, ContextRow, table=True):
    """Which account a posting rule means by `@role` for a class of items (empty: any)."""

    company_id: UUID = Field(primary_key=True)
    role: str = Field(primary_key=True)
    item_class: str = Field(primary_key=True, default="")
    account: str
