"""What is held for whom, and who waits in line."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Owned, instant


class Reservation(Owned, ContextRow, table=True):
    """A document's claim on stock. The document chose its id; `released` is also a tombstone."""

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'held', 'issued', 'released')", name="state"),
        Index("ix_reservation_state", "company_id", "state"),
    )

    id: UUID = Field(primary_key=True)
    reserved_for: str
    number: str
    state: str
    version: int = 1
    asked_at: datetime = instant()  # its age in the line


class ReservationLine(Owned, ContextRow, table=True):
    """One line of the claim: how much is wanted, how much is held, in units of its own item.

    `substitutes` are `ReserveSubstitute` as JSON, in the order in which they serve.
    """

    __table_args__ = (
        CheckConstraint("0 <= held AND held <= wanted", name="held"),
        Index(
            "ix_reservation_line_waiting",
            "company_id",
            "item_id",
            postgresql_where=text("held < wanted"),
        ),
        Index(
            "ix_reservation_line_short",
            "company_id",
            postgresql_where=text("held < wanted AND substitutes <> '[]'"),
        ),
    )

    reservation_id: UUID = Field(foreign_key="reservation.id", primary_key=True)
    line_id: UUID = Field(primary_key=True)
    item_id: UUID
    wanted: Decimal = Field(max_digits=18, decimal_places=6)
    held: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    needed_on: date
    minimum_life_days: int
    substitutes: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": "[]"}
    )


class ReservationPick(Owned, ContextRow, table=True):
    """A share of a line that one part in one bin serves.

    `held` until it is `taken` (out of the door) or `released`. `claimed_by`: the shipment that
    packs it. `serves`: how much of the line's item a substitute stands in for; none of itself.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["reservation_id", "line_id"],
            ["reservation_line.reservation_id", "reservation_line.line_id"],
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("state IN ('held', 'taken', 'released')", name="state"),
        Index("ix_reservation_pick_reservation", "reservation_id"),
        Index("ix_reservation_pick_part", "part_id", postgresql_where=text("state = 'held'")),
        Index("ix_reservation_pick_claimed", "claimed_by"),
    )

    id: UUID = Field(primary_key=True)
    reservation_id: UUID
    line_id: UUID
    item_id: UUID
    part_id: UUID = Field(foreign_key="lot_part.id")
    bin_id: UUID = Field(foreign_key="bin.id")
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    state: str = "held"
    claimed_by: UUID | None = None
    serves: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
