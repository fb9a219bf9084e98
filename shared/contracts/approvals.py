"""Staged approval as rules and events speak of it. Pure: rules may name their stages."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from shared.contracts.base import Event


@dataclass(frozen=True, slots=True)
class Stage:
    """One agreement that is needed: a code (also its label) and the permission to give it."""

    name: str
    permission: str


class ApprovalChanged(Event):
    """A stage was opened or decided; each context publishes it under its own subject."""

    aggregate: ClassVar[str] = "document_id"

    approval_id: UUID
    document_type: str
    document_id: UUID
    document_number: str
    stage: int
    name: str
    permission: str
    state: str
    requested_by: str
    decided_by: str | None = None
    note: str = ""
    summary: dict[str, Any]
