"""The ledger of stock, and its sums."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned, instant


class Move(Owned, ContextRow, table=True):
    """One movement of one part, never edited. No `from_bin_id`: goods came in; no `to_bin_id`: out.

    A UUIDv7 key: the ledger reads in the order in which it was written.
    """

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("from_bin_id IS NOT NULL OR to_bin_id IS NOT NULL", name="somewhere"),
        Index("ix_move_part", "part_id", "id"),
        Index("ix_move_item", "company_id", "item_id", "id"),
        Index("ix_move_document", "document_id"),
        policy(sealed=True),
    )

    id: UUID = Field(primary_key=True)
    item_id: UUID
    part_id: UUID = Field(foreign_key="lot_part.id")
    from_bin_id: UUID | None = Field(foreign_key="bin.id")
    to_bin_id: UUID | None = Field(foreign_key="bin.id")
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    kind: str
    document_id: UUID | None
    document_number: str
    moved_on: date  # business day
    moved_at: datetime = instant()
    moved_by: str


class Balance(Owned, ContextRow, table=True):
    """What of a part stands in a bin, and how much of it is held. Equals the sum of the ledger."""

    __table_args__ = (
        CheckConstraint("0 <= reserved AND reserved <= on_hand", name="never_negative"),
        Index("ix_balance_item", "company_id", "item_id", postgresql_where=text("on_hand > 0")),
        Index("ix_balance_bin", "bin_id", postgresql_where=text("on_hand > 0")),
        policy(unaudited="sums of the sealed ledger"),
    )

    part_id: UUID = Field(foreign_key="lot_part.id", primary_key=True)
    bin_id: UUID = Field(foreign_key="bin.id", primary_key=True)
    item_id: UUID
    on_hand: Decimal = Field(max_digits=18, decimal_places=6)
    reserved: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)


class ItemBalance(Owned, ContextRow, table=True):
    """An item over all places: the row that every change of its stock locks first."""

    __table_args__ = (policy(unaudited="sums of balances, told as item_availability_changed"),)

    company_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    version: int = 0
    on_hand: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    usable: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    reserved: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    to_inspect: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
