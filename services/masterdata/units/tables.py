"""Units of measure."""

from sqlalchemy import CheckConstraint, UniqueConstraint

from services.masterdata.masters.tables import CodedMaster
from services.masterdata.rows import ContextRow


class Unit(CodedMaster, ContextRow, table=True):
    """A unit that stock is counted in, with the decimals it is counted to."""

    __table_args__ = (
        UniqueConstraint("company_id", "code"),
        CheckConstraint("decimals BETWEEN 0 AND 6", name="decimals"),
    )

    name: str
    name_zh: str
    decimals: int
