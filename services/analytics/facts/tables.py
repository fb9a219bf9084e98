"""Facts of the business and the sums kept beside them: all of it rebuildable from events."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.analytics.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned

REBUILT = "a rebuild clears it and reads the sources' feeds again"
DERIVED = policy(unaudited="read model: derived from events", deletable=REBUILT)


class Fact(Owned, ContextRow, table=True):
    """One line of one document, keyed by the source's own line; a newer version replaces it.

    Per grain: order_line (quantity, amount = net), shipment_line (quantity), invoice_line
    (quantity, amount = net), cost_line (quantity, amount = cost), operation_report (quantity =
    good, loss = scrap), purchase_receipt (quantity). Amounts are company currency.
    """

    __table_args__ = (
        Index("ix_fact_grain_day", "company_id", "grain", "day"),
        Index("ix_fact_line", "company_id", "line_id"),
        DERIVED,
    )

    id: UUID = Field(primary_key=True)
    grain: str
    version: int
    day: date
    item_id: UUID
    partner_id: UUID | None = None
    line_id: UUID | None = None  # of the sales or purchase order
    due_on: date | None = None
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    loss: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    amount: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=2)
    source: str  # context
    document_id: UUID
    document_number: str


class DailySum(Owned, ContextRow, table=True):
    """Sums of one grain on one day."""

    __table_args__ = (DERIVED,)

    company_id: UUID = Field(primary_key=True)
    grain: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    facts: int
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    loss: Decimal = Field(max_digits=18, decimal_places=6)
    amount: Decimal = Field(max_digits=18, decimal_places=2)


class MonthlyItemSum(Owned, ContextRow, table=True):
    """Sums of one grain and item in one month."""

    __table_args__ = (DERIVED,)

    company_id: UUID = Field(primary_key=True)
    grain: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    facts: int
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    loss: Decimal = Field(max_digits=18, decimal_places=6)
    amount: Decimal = Field(max_digits=18, decimal_places=2)


class StockDay(Owned, ContextRow, table=True):
    """What an item's stock was worth at the end of a day on which it moved."""

    __table_args__ = (DERIVED,)

    company_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    version: int
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    value: Decimal = Field(max_digits=18, decimal_places=2)


class CancelledOrder(Owned, ContextRow, table=True):
    """A sales order that will not be fulfilled: its lines are due no more."""

    __table_args__ = (DERIVED,)

    id: UUID = Field(primary_key=True)
    cancelled_on: date
