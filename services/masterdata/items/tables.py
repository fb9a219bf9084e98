"""Items: what is bought, made and sold."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.masterdata.masters.tables import CodedMaster
from services.masterdata.rows import ContextRow


class Item(CodedMaster, ContextRow, table=True):
    """One stock-keeping item. Quantities are in `stock_unit`, to `decimals`."""

    __table_args__ = (
        UniqueConstraint("company_id", "code"),
        CheckConstraint("decimals BETWEEN 0 AND 6", name="decimals"),
        CheckConstraint("tracking IN ('lot', 'serial')", name="tracking"),
    )

    name: str
    name_zh: str
    spec: str
    kind: str
    stock_unit: str
    decimals: int
    tracking: str
    shelf_life_days: int | None
    minimum_life_days: int
    inspect_incoming: bool
    inspect_completion: bool
    storage_class: str
    certificate_number: str = ""  # declared by the item; stands once the certificate lists it
    certificate_id: UUID | None = None
    regulated: bool
    lead_time_days: int
    order_minimum: Decimal = Field(max_digits=18, decimal_places=6)
    order_multiple: Decimal = Field(max_digits=18, decimal_places=6)
    safety_stock: Decimal = Field(max_digits=18, decimal_places=6)
