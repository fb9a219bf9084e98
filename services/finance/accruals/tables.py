"""Goods received and not invoiced, by arrival line: the list behind account 220202 (B13)."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.tables import Owned


class Accrual(Owned, ContextRow, table=True):
    """What was accepted of one arrival line, and how much of it is still to be invoiced.

    Open quantity and amount fall below zero when goods go back after they were invoiced.
    """

    __table_args__ = (
        CheckConstraint("open_quantity = accepted - invoiced - returned", name="open"),
        CheckConstraint("invoiced <= accepted AND returned <= accepted", name="payable"),
        Index("ix_accrual_order_line", "company_id", "order_line_id"),
        Index("ix_accrual_arrival", "company_id", "arrival_id"),
    )

    id: UUID = Field(primary_key=True)  # the arrival line
    arrival_id: UUID
    arrival_number: str
    order_id: UUID
    order_line_id: UUID
    supplier_id: UUID
    item_id: UUID
    currency: str
    accepted_on: date
    accepted: Decimal = Field(max_digits=18, decimal_places=6)
    accrued: Decimal = Field(max_digits=18, decimal_places=2)
    invoiced: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    returned: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    open_quantity: Decimal = Field(max_digits=18, decimal_places=6)
    open_amount: Decimal = Field(max_digits=18, decimal_places=2)
    version: int = 1
