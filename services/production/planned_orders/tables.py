"""What a plan proposes; what is released of it becomes audited documents (decision 38)."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.production.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned, instant

PLAN_OUTPUT = "plan output: what is released of it becomes audited documents"


class PlannedOrder(Owned, ContextRow, table=True):
    """To buy or to make: of one demand merged over its parents, or of a plan run.

    A run's order names its demand where it serves only one, else itself.
    """

    __table_args__ = (
        Index(None, "demand_id"),
        Index(None, "company_id", "state"),
        Index(None, "company_id", "item_id", postgresql_where=text("run_id IS NOT NULL")),
        Index(None, "item_id", postgresql_where=text("state = 'released'")),
        policy(unaudited=PLAN_OUTPUT),
    )

    id: UUID = Field(primary_key=True)
    demand_id: UUID
    item_id: UUID
    kind: str  # buy, make
    level: int  # low-level code below the demand, 0 at the top
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    start_on: date
    needed_on: date
    reason: str  # pegging, in words
    state: str = "planned"  # planned, released, replaced, cancelled
    planned_at: datetime = instant()
    run_id: UUID | None = None  # of the plan run that wrote it; none: a demand's own plan
    sequence: int = 0  # within its item: with it the order's key, so that notes survive
    firm: bool = False  # firmed by hand: stays as it is, plans go by it
    note: str = ""
    version: int = 1
    taken_at: datetime | None = instant(nullable=True)  # firmed, let loose or released: by hand


class PlannedDraw(Owned, ContextRow, table=True):
    """What a plan takes of an item's free supply, so that no other plan takes it too."""

    __table_args__ = (policy(unaudited=PLAN_OUTPUT),)

    demand_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
