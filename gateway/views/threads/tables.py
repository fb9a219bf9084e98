"""What was told about which documents: the projection that threads and search read."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from gateway.rows import GatewayRow
from shared.audit_policy import policy
from shared.tables import instant

PROJECTION = policy(unaudited="rebuilt from the event feeds")


class ThreadEvent(GatewayRow, table=True):
    """One event, as a line of a thread."""

    __table_args__: ClassVar[Any] = (PROJECTION,)

    id: UUID = Field(primary_key=True)
    company_id: UUID
    at: datetime = instant()
    context: str
    subject: str
    aggregate_id: UUID
    number: str
    actor: str


class ThreadLink(GatewayRow, table=True):
    """A document that an event names, and as what."""

    __table_args__: ClassVar[Any] = (
        Index("ix_thread_link_event", "event_id", "document_id"),
        PROJECTION,
    )

    document_id: UUID = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    role: str  # order, demand, arrival …: the field that named it


class SearchEntry(GatewayRow, table=True):
    """A number, lot or serial that a person may type, and the document it leads to."""

    __table_args__: ClassVar[Any] = (
        Index(
            "ix_search_entry_text",
            "company_id",
            "text",
            postgresql_ops={"text": "text_pattern_ops"},
        ),
        PROJECTION,
    )

    text: str = Field(primary_key=True)  # upper case
    document_id: UUID = Field(primary_key=True)
    company_id: UUID
    kind: str  # number, lot, serial
    context: str
    subject: str
