"""Purchase orders, their lines, and the requisitions each line serves."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.procurement.rows import ContextRow
from shared.tables import Document, Owned


class PurchaseOrder(Document, ContextRow, table=True):
    """An order to one supplier. Amounts in its currency; `rate` is the company's per unit of it."""

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        CheckConstraint("gross = net + tax", name="gross"),
        Index("ix_purchase_order_state", "company_id", "state"),
    )

    supplier_id: UUID = Field(index=True)
    currency: str
    rate: Decimal = Field(max_digits=18, decimal_places=8)
    payment_days: int
    ordered_on: date
    issued_on: date | None = None
    submitted_by: str = ""
    net: Decimal = Field(max_digits=18, decimal_places=2)
    tax: Decimal = Field(max_digits=18, decimal_places=2)
    gross: Decimal = Field(max_digits=18, decimal_places=2)


class PurchaseOrderLine(Owned, ContextRow, table=True):
    """One item. Still to come = quantity − arrived + replaced − cancelled, all stock units."""

    __table_args__ = (
        UniqueConstraint("order_id", "line"),
        CheckConstraint("quantity > 0 AND price >= 0 AND gross = net + tax", name="signs"),
        CheckConstraint(
            "arrived - replaced + cancelled <= quantity",
            name="not_more_than_ordered",
        ),
        CheckConstraint(
            "arrived >= 0 AND cancelled >= 0 AND 0 <= replaced AND replaced <= arrived",
            name="counters",
        ),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="purchase_order.id")
    line: int
    item_id: UUID = Field(index=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    price: Decimal = Field(max_digits=18, decimal_places=6)
    tax_rate: Decimal = Field(max_digits=7, decimal_places=6)
    net: Decimal = Field(max_digits=18, decimal_places=2)
    tax: Decimal = Field(max_digits=18, decimal_places=2)
    gross: Decimal = Field(max_digits=18, decimal_places=2)
    due_on: date
    arrived: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    replaced: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    cancelled: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    choice: str = ""  # why this source was taken

    @property
    def open_quantity(self) -> Decimal:
        return self.quantity - self.arrived + self.replaced - self.cancelled


class OrderPeg(Owned, ContextRow, table=True):
    """How much of a requisition a line serves; what a line holds beyond its pegs is surplus."""

    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    line_id: UUID = Field(foreign_key="purchase_order_line.id", primary_key=True)
    requisition_id: UUID = Field(foreign_key="requisition.id", primary_key=True, index=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    demand_id: UUID | None = None
