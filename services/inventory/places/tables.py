"""Warehouses, their zones and bins."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Owned


class Warehouse(Owned, ContextRow, table=True):
    """A building or a rented floor."""

    __table_args__ = (UniqueConstraint("company_id", "code"),)

    id: UUID = Field(primary_key=True)
    code: str
    name: str


class Zone(Owned, ContextRow, table=True):
    """A part of a warehouse for goods of one status and one storage class; neither ever changes."""

    __table_args__ = (
        UniqueConstraint("warehouse_id", "code"),
        CheckConstraint(
            "status IN ('to_inspect', 'released', 'rejected', 'returned')", name="status"
        ),
    )

    id: UUID = Field(primary_key=True)
    warehouse_id: UUID = Field(foreign_key="warehouse.id")
    code: str
    status: str
    storage_class: str


class Bin(Owned, ContextRow, table=True):
    """Where goods stand. Its code is unique in the company, for it is what people scan.

    Status and storage class are its zone's, so that a move reads one row.
    """

    __table_args__ = (UniqueConstraint("company_id", "code"),)

    id: UUID = Field(primary_key=True)
    zone_id: UUID = Field(foreign_key="zone.id", index=True)
    warehouse_code: str
    zone_code: str
    code: str
    status: str
    storage_class: str
    active: bool = True
