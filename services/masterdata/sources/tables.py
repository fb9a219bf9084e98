"""Approved sources: who may sell an item to us, on what terms."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import Master
from services.masterdata.rows import ContextRow


class Source(Master, ContextRow, table=True):
    """One item from one supplier. Price is net, per stock unit; quantities are stock units."""

    __table_args__ = (
        UniqueConstraint("company_id", "item_id", "supplier_id"),
        CheckConstraint("price >= 0 AND order_minimum >= 0 AND order_multiple >= 0", name="signs"),
    )

    item_id: UUID = Field(foreign_key="item.id")
    supplier_id: UUID = Field(foreign_key="supplier.id", index=True)
    supplier_part_no: str
    rank: int
    price: Decimal = Field(max_digits=18, decimal_places=6)
    currency: str
    order_minimum: Decimal = Field(max_digits=18, decimal_places=6)
    order_multiple: Decimal = Field(max_digits=18, decimal_places=6)
    lead_time_days: int
    assumed: bool
