"""Work centres and their cost rates."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import CodedMaster
from services.masterdata.rows import ContextRow


class WorkCentre(CodedMaster, ContextRow, table=True):
    """A place of work and what it can do on a working day. Rates are company currency per hour."""

    __table_args__ = (
        UniqueConstraint("company_id", "code"),
        CheckConstraint(
            "units BETWEEN 1 AND 1000 AND hours_per_day > 0 AND hours_per_day <= 24 "
            "AND efficiency > 0 AND efficiency <= 2",
            name="capacity",
        ),
    )

    name: str
    labour_rate: Decimal = Field(max_digits=18, decimal_places=6)
    overhead_rate: Decimal = Field(max_digits=18, decimal_places=6)
    units: int = Field(default=1)  # side by side
    hours_per_day: Decimal = Field(default=Decimal(8), max_digits=18, decimal_places=6)
    # Standard hours done in an hour; 1 is as the routing says.
    efficiency: Decimal = Field(default=Decimal(1), max_digits=18, decimal_places=6)
