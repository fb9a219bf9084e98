"""The base of every table."""

import re
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def own_registry() -> registry:
    """One registry and MetaData per context: equal table names clash within one process."""
    return registry(metadata=MetaData(naming_convention=NAMING))


class Row(SQLModel):
    """A table named after its class, in the singular: `LotBalance` is `lot_balance`."""

    model_config: ClassVar[Any] = {"arbitrary_types_allowed": True}

    @declared_attr.directive
    def __tablename__(cls) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class Owned(SQLModel):
    """Columns of every business row: whose company it is."""

    company_id: UUID = Field(index=False)


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    """A column for an aware instant; declared so that no driver default can make it naive."""
    return Field(
        default=None if nullable else ...,
        sa_type=DateTime(timezone=True),
        nullable=nullable,
        index=index,
    )


class Document(Owned):
    """Columns of every document: identity, number, headline state, version and who began it."""

    id: UUID = Field(primary_key=True)
    number: str
    state: str
    version: int = 1
    created_by: str  # user:<id> or service:<context>
    created_at: datetime = instant()
