"""The tables that every service's database holds beside its own: one PLATFORM MetaData."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from shared.tables import Row, instant, own_registry

PLATFORM_REGISTRY = own_registry()
PLATFORM = PLATFORM_REGISTRY.metadata


class PlatformRow(Row, registry=PLATFORM_REGISTRY):
    """The base of the platform's tables."""


def json_column(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(JSONB, nullable=nullable))


class Outbox(PlatformRow, table=True):
    """An event that its transaction promised; kept for ever, in monthly partitions by UUIDv7.

    Written by the last statement of a transaction, after the aggregate's counter row is locked, so
    `position` follows commit order within an aggregate. `stream_seq` is null until the relay
    has the stream's acknowledgement.
    """

    __table_args__: ClassVar[Any] = (
        Index("ix_outbox_pending", "position", postgresql_where=text("stream_seq IS NULL")),
        Index("ix_outbox_position", "position"),
        Index("ix_outbox_aggregate", "aggregate_id"),
        Index("ix_outbox_stream_seq", "stream_seq"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: UUID = Field(primary_key=True)  # sent as Nats-Msg-Id
    position: int = Field(sa_column=Column(BigInteger, Identity(cache=1), nullable=False))
    subject: str
    aggregate_id: UUID
    sequence: int
    company_id: UUID
    actor: str
    traceparent: str = ""
    recorded_at: datetime = instant()
    body: dict[str, Any] = json_column()
    stream_seq: int | None = Field(default=None, sa_type=BigInteger)


class EventCounter(PlatformRow, table=True):
    """The last event number of an aggregate; its lock orders the outbox within the aggregate."""

    aggregate_id: UUID = Field(primary_key=True)
    last: int


class Inbox(PlatformRow, table=True):
    """An event that a consumer has taken effect of, in the effect's own transaction."""

    __table_args__: ClassVar[Any] = ({"postgresql_partition_by": "RANGE (event_id)"},)

    consumer: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    heard_at: datetime = instant()


class ConsumerPosition(PlatformRow, table=True):
    """How far a consumer has come in a source's outbox, for read-your-writes and reconcile."""

    consumer: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)


class DeliveryFailure(PlatformRow, table=True):
    """Failed tries of one event at one consumer; cleared when it succeeds."""

    consumer: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    tries: int
    error: str
    failed_at: datetime = instant()


class DeadLetter(PlatformRow, table=True):
    """An event that failed eight times: a person retries it or discards it with a reason."""

    id: UUID = Field(primary_key=True)
    consumer: str = Field(index=True)
    event_id: UUID
    subject: str
    envelope: dict[str, Any] = json_column()
    error: str
    tries: int
    state: str  # waiting, retried, discarded
    note: str = ""
    buried_at: datetime = instant()
    settled_at: datetime | None = instant(nullable=True)
    settled_by: str | None = None


class IdempotencyKey(PlatformRow, table=True):
    """The answer that a key's first request got, stored in that request's own transaction."""

    key: str = Field(primary_key=True)  # company, principal, route and the caller's key, hashed
    request_hash: str
    status: int
    headers: dict[str, Any] = json_column()
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    stored_at: datetime = instant(index=True)


class SagaRow(PlatformRow, table=True):
    """Where one saga stands. `due_at` is when its call goes out next; null: nothing to send."""

    __tablename__ = "saga"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        Index("ix_saga_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(
            "ix_saga_waiting",
            "waiting_since",
            postgresql_where=text("waiting_since IS NOT NULL AND due_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    name: str
    def_version: int = 1
    company_id: UUID
    phase: str
    step: int = 0
    heard: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    data: dict[str, Any] = json_column()
    attempts: int = 0
    due_at: datetime | None = instant(nullable=True)
    waiting_since: datetime | None = instant(nullable=True)
    problem: dict[str, Any] | None = json_column(nullable=True)
    initiated_by: str = ""
    traceparent: str = ""
    started_at: datetime = instant()


class SagaLog(PlatformRow, table=True):
    """Every transition of every saga, and every signal that was parked."""

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    saga_id: UUID = Field(index=True)
    at: datetime = instant()
    from_phase: str
    from_step: int
    to_phase: str
    to_step: int
    cause: str  # an event's subject, "accepted", "refused …", "skipped by …"
    note: str = ""


class SagaSignal(PlatformRow, table=True):
    """A signal for a saga that has not started here yet: taken up when it starts."""

    saga_id: UUID = Field(primary_key=True)
    plan: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    data: dict[str, Any] = json_column()
    parked_at: datetime = instant()


class NumberSeries(PlatformRow, table=True):
    """The last number of a series in a period; its lock makes the series gapless."""

    company_id: UUID = Field(primary_key=True)
    series: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    last: int


class Approval(PlatformRow, table=True):
    """One stage of one document's approval, bound to the content that was shown."""

    __table_args__: ClassVar[Any] = (
        Index("ix_approval_document", "document_id", "document_version"),
        Index("ix_approval_pending", "permission", postgresql_where=text("state = 'pending'")),
        Index("ix_approval_due", "due_at", postgresql_where=text("state = 'pending'")),
    )

    id: UUID = Field(primary_key=True)
    company_id: UUID
    document_type: str
    document_id: UUID
    document_number: str
    document_version: int
    content_hash: str
    stage: int
    name: str
    permission: str
    state: str  # waiting, pending, approved, rejected, withdrawn, voided
    requested_by: str
    requested_at: datetime = instant()
    summary: dict[str, Any] = json_column()
    decided_by: str | None = None
    decided_at: datetime | None = instant(nullable=True)
    note: str = ""
    amount: Decimal | None = None  # gross, company currency: a delegation's ceiling
    quorum: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    votes: list[dict[str, Any]] = Field(
        default_factory=list[dict[str, Any]],
        sa_column=Column(JSONB, nullable=False, server_default="[]"),
    )
    due_hours: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # working hours
    grace_hours: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    escalates_to: str = Field(default="", sa_column_kwargs={"server_default": ""})  # permission
    due_at: datetime | None = instant(nullable=True)  # set when the stage's turn comes
    escalates_at: datetime | None = instant(nullable=True)
    reminded_at: datetime | None = instant(nullable=True)
    escalated_at: datetime | None = instant(nullable=True)


class Signature(PlatformRow, table=True):
    """An electronic signature: who, when, what it means, and the hash of what was signed."""

    id: UUID = Field(primary_key=True)
    company_id: UUID
    token_id: str = Field(index=True)
    signer: str
    signer_name: str
    meaning: str
    document_type: str
    document_id: UUID = Field(index=True)
    document_version: int
    content_hash: str
    signed_at: datetime = instant()


class Attachment(PlatformRow, table=True):
    """A file that belongs to a document, kept with the hash of its bytes.

    `content` is null where the bytes stand in the file store, under their hash.
    """

    id: UUID = Field(primary_key=True)
    company_id: UUID
    document_type: str
    document_id: UUID = Field(index=True)
    name: str
    media_type: str
    size: int
    sha256: str = Field(index=True)
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    added_by: str
    added_at: datetime = instant()


class FileIntent(PlatformRow, table=True):
    """Bytes that somebody is about to put into the file store; over after a day, see the sweep."""

    sha256: str = Field(primary_key=True)
    begun_at: datetime = instant()  # of the newest upload


class AuditEntry(PlatformRow, table=True):
    """What one statement did to one row, written by a trigger that no service can switch off."""

    __tablename__ = "audit"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        Index("ix_audit_unsealed", "id", postgresql_where=text("seal_id IS NULL")),
        Index("ix_audit_row", "table_name", "row_id"),
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: datetime = instant()
    actor: str
    action: str  # insert, update, delete, truncate
    table_name: str
    row_id: str
    old: dict[str, Any] | None = json_column(nullable=True)
    new: dict[str, Any] | None = json_column(nullable=True)
    reason: str = ""
    trace: str = ""
    seal_id: int | None = Field(default=None, sa_type=BigInteger)


class AuditSeal(PlatformRow, table=True):
    """One link of the hash chain over audit rows; the head is anchored outside the database."""

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sealed_at: datetime = instant()
    rows: int
    digest: str  # over the rows' hashes, in id order
    previous: str
    row_ids: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    row_hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # 8 bytes per row
    chain: str  # sha256(previous + digest + id + rows)
