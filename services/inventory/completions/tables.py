"""Made goods taken into stock."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Owned


class ProductionReceipt(Owned, ContextRow, table=True):
    """What a production order brought into stock; its id is the order's."""

    id: UUID = Field(primary_key=True)
    order_number: str
    item_id: UUID
    lot_number: str
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    conceded: Decimal = Field(max_digits=18, decimal_places=6)
    part_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    asked: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))  # the same again is calm
    received_on: date
