"""Exact ratios between units."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from services.masterdata.masters.tables import Master
from services.masterdata.rows import ContextRow


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
