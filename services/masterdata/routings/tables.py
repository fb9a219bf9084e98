"""How items are made, by revision."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import Master
from services.masterdata.rows import ContextRow


class Routing(Master, ContextRow, table=True):
    """One revision of an item's operations; they never overlap in their days (decision 7)."""

    __table_args__ = (
        UniqueConstraint("item_id", "revision"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
        ExcludeConstraint(
            (text("uuidrange(item_id, item_id, '[]')"), "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            using="gist",
            where=text("active"),
            name="ex_routing_one_at_a_time",
        ),
    )

    item_id: UUID = Field(foreign_key="item.id")
    revision: str
    valid_from: date
    valid_to: date | None


class Operation(Master, ContextRow, table=True):
    """One step of work. Minutes: set-up once, run per stock unit."""

    __table_args__ = (
        UniqueConstraint("routing_id", "operation"),
        CheckConstraint("setup_minutes >= 0 AND run_minutes >= 0", name="minutes"),
    )

    routing_id: UUID = Field(foreign_key="routing.id")
    operation: int
    name: str
    kind: str
    work_centre_id: UUID = Field(foreign_key="work_centre.id")
    setup_minutes: Decimal = Field(max_digits=18, decimal_places=6)
    run_minutes: Decimal = Field(max_digits=18, decimal_places=6)
