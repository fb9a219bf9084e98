"""Items as quality needs them; replaced only by a newer version."""

from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import Field

from services.quality.rows import ContextRow
from shared.audit_policy import policy


class ItemCopy(ContextRow, table=True):
    """An item's name and whether its arrivals are inspected."""

    __table_args__: ClassVar[Any] = (policy(unaudited="copy of masterdata's item"),)

    id: UUID = Field(primary_key=True)
    version: int
    code: str
    name: str
    inspect_incoming: bool


class PartnerCopy(ContextRow, table=True):
    """A supplier's or customer's name, for the answers of the trace."""

    __table_args__: ClassVar[Any] = (policy(unaudited="copy of masterdata's partner"),)

    id: UUID = Field(primary_key=True)
    version: int
    code: str
    name: str
