"""Needs to buy, by hand or from planning."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.procurement.rows import ContextRow
from shared.tables import Document, Owned, instant


class Requisition(Document, ContextRow, table=True):
    """One item needed by a day. `ordered` is summed in SQL under the row's lock."""

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        UniqueConstraint("planned_order_id"),
        CheckConstraint("quantity > 0 AND 0 <= ordered AND ordered <= quantity", name="ordered"),
        Index("ix_requisition_state", "company_id", "state"),
        Index("ix_requisition_demand", "demand_id"),
    )

    item_id: UUID
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    ordered: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    needed_on: date
    reason: str
    origin: str  # manual | planned
    demand_id: UUID | None = None
    planned_order_id: UUID | None = None
    submitted_by: str = ""


class CancelledDemand(Owned, ContextRow, table=True):
    """A demand that was given up; what planning releases for it afterwards is born cancelled."""

    demand_id: UUID = Field(primary_key=True)
    cancelled_at: datetime = instant()
