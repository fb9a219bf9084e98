"""Product structures by revision."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import Master
from services.masterdata.rows import ContextRow


class Bom(Master, ContextRow, table=True):
    """One revision of an item's structure; released ones never overlap in their days."""

    __table_args__ = (
        UniqueConstraint("item_id", "revision"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
        CheckConstraint("state IN ('draft', 'released')", name="state"),
        ExcludeConstraint(
            (text("uuidrange(item_id, item_id, '[]')"), "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            using="gist",
            where=text("state = 'released' AND active"),
            name="ex_bom_one_at_a_time",
        ),
    )

    item_id: UUID = Field(foreign_key="item.id")
    revision: str
    state: str = "draft"
    valid_from: date
    valid_to: date | None


class BomComponent(Master, ContextRow, table=True):
    """One line: stock units of the component per stock unit of the item, scrap as a share."""

    __table_args__ = (
        UniqueConstraint("bom_id", "line"),
        CheckConstraint("quantity > 0 AND scrap >= 0 AND scrap < 1", name="quantities"),
        Index(
            "ix_bom_component_substitutes",
            "substitutes",
            postgresql_using="gin",
            postgresql_ops={"substitutes": "jsonb_path_ops"},
        ),
    )

    bom_id: UUID = Field(foreign_key="bom.id")
    line: int
    component_id: UUID = Field(foreign_key="item.id", index=True)
    quantity: Decimal = Field(max_digits=18, decimal_places=6)
    scrap: Decimal = Field(max_digits=7, decimal_places=6)
    operation: int | None
    # What may stand in, by priority: the event's BomSubstitute as JSON.
    substitutes: list[dict[str, Any]] = Field(
        default_factory=list[dict[str, Any]],
        sa_column=Column(JSONB, nullable=False, server_default="[]"),
    )
