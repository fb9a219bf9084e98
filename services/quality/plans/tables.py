"""What is looked at, per item and stage."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.quality.rows import ContextRow
from shared.platform_tables import json_column


class InspectionPlan(ContextRow, table=True):
    """The characteristics for lots that open from now on; a lot keeps the ones it opened with."""

    __table_args__: ClassVar[Any] = (
        CheckConstraint("stage IN ('incoming', 'final')", name="stage"),
    )

    company_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    version: int
    characteristics: list[dict[str, Any]] = json_column()
