"""What left the house for customers, and what it cost."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned


class DispatchedLine(Owned, ContextRow, table=True):
    """One order line of one dispatched delivery; `cost` once its goods were valued."""

    __table_args__ = (
        Index("ix_dispatched_line_delivery", "company_id", "delivery_id"),
        policy(unaudited="a copy of inventory's shipment with its posted cost"),
    )

    delivery_id: UUID = Field(primary_key=True)
    order_line_id: UUID = Field(primary_key=True)
    order_id: UUID
    customer_id: UUID
    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    dispatched_on: date
    cost: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
