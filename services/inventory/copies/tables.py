"""What inventory must know of others' masters to work while they are away."""

from uuid import UUID

from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned


class ItemCopy(Owned, ContextRow, table=True):
    """Masterdata's item as last heard; replaced only by a newer `version`."""

    __table_args__ = (policy(unaudited="a copy of masterdata's item"),)

    id: UUID = Field(primary_key=True)
    version: int
    active: bool
    code: str
    name: str
    name_zh: str
    stock_unit: str
    decimals: int
    tracking: str
    inspect_incoming: bool
    storage_class: str
