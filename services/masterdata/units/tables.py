"""Units of measure and the exact ratios between them."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import CodedMaster, Master
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


class UnitConversion(Master, ContextRow, table=True):
    """`denominator` of `from_unit` are `numerator` of `to_unit`; for one item, or for all."""

    __table_args__ = (
        CheckConstraint("numerator > 0 AND denominator > 0", name="positive"),
        Index(
            "uq_unit_conversion_pair",
            "company_id",
            "from_unit",
            "to_unit",
            "item_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    from_unit: str
    to_unit: str
    item_id: UUID | None = Field(default=None, foreign_key="item.id")
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)
