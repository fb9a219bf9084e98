"""Work centres and their cost rates."""

from decimal import Decimal

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import CodedMaster
from services.masterdata.rows import ContextRow


class WorkCentre(CodedMaster, ContextRow, table=True):
    """A place of work. Rates are company currency per hour."""

    __table_args__ = (UniqueConstraint("company_id", "code"),)

    name: str
    labour_rate: Decimal = Field(max_digits=18, decimal_places=6)
    overhead_rate: Decimal = Field(max_digits=18, decimal_places=6)
