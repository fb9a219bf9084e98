"""Columns that every master has."""

from uuid import UUID

from sqlmodel import Field

from shared.tables import Owned


class Master(Owned):
    """A record that others copy: replaced only by a newer `version`; never deleted (decision 4)."""

    id: UUID = Field(primary_key=True)
    version: int = 1
    active: bool = True


class CodedMaster(Master):
    """A master that people call by a code."""

    code: str
