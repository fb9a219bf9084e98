"""How items are planned, beside what masterdata says of them."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.production.rows import ContextRow
from shared.tables import Owned


class PlanningPolicy(Owned, ContextRow, table=True):
    """How an item is planned, beside what masterdata says of it. Days, shares, stock units."""

    __table_args__ = (
        CheckConstraint(
            "inspection_days >= 0 AND safety_days >= 0 AND minimum_life_days >= 0 AND periods >= 1 "
            "AND good_share > 0 AND good_share <= 1 AND lot_maximum >= 0 AND days_per_unit >= 0 "
            "AND consume_back >= 0 AND consume_ahead >= 0 AND demand_fence >= 0 "
            "AND planning_fence >= 0",
            name="numbers",
        ),
    )

    item_id: UUID = Field(primary_key=True)
    phantom: bool = False
    inspection_days: int = 0
    safety_days: int = 0
    minimum_life_days: int = 0
    periods: int = 1
    good_share: Decimal = Field(default=Decimal(1), max_digits=7, decimal_places=6)
    lot_maximum: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)  # 0: none
    days_per_unit: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    working_days: bool = False
    consume_back: int = 0  # days that an order may be before the forecast it is part of
    consume_ahead: int = 0
    planning_fence: int = 0  # days from today whose needs make no order
    demand_fence: int = 0  # days from today in which only orders count, not forecasts
    version: int = 1
