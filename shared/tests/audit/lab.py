"""A context of four small tables, one of each treatment."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import Field

from shared.audit_policy import policy
from shared.tables import Owned, Row, own_registry

REGISTRY = own_registry()
METADATA = REGISTRY.metadata


class LabRow(Row, registry=REGISTRY):
    pass


class Paper(LabRow, Owned, table=True):
    """An ordinary document with a secret."""

    __table_args__: ClassVar[Any] = (policy(hidden=("secret",)),)

    id: UUID = Field(primary_key=True)
    name: str
    amount: Decimal = Field(default=Decimal(0), max_digits=18, decimal_places=6)
    secret: str = "s"


class PaperLine(LabRow, Owned, table=True):
    """A composite key, and lines that may be taken out of a draft."""

    __table_args__: ClassVar[Any] = (policy(deletable="lines of a draft nobody has seen"),)

    paper_id: UUID = Field(primary_key=True)
    place: int = Field(primary_key=True)


class Entry(LabRow, Owned, table=True):
    """An append-only ledger."""

    __table_args__: ClassVar[Any] = (policy(sealed=True),)

    id: int = Field(primary_key=True)
    amount: Decimal = Field(max_digits=18, decimal_places=6)


class Copied(LabRow, Owned, table=True):
    """Derived, hence not audited."""

    __table_args__: ClassVar[Any] = (policy(unaudited="a copy of paper"),)

    id: UUID = Field(primary_key=True)
