"""Facts that were heard before their terms."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.finance.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned, instant


class PendingFact(Owned, ContextRow, table=True):
    """A fact that waits (暂挂): for a price, a rate, a period, or the facts that came before it."""

    __table_args__ = (
        Index("ix_pending_fact_waiting", "company_id", postgresql_where=text("settled_at IS NULL")),
        policy(unaudited="machinery of delivery: the voucher tells what was posted"),
    )

    id: UUID = Field(primary_key=True)  # the event
    source: str
    position: int  # in the source's outbox
    subject: str
    actor: str
    traceparent: str
    body: dict[str, object] = Field(sa_column=Column(JSONB, nullable=False))
    holds: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    behind: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    waits_for: str
    heard_at: datetime = instant()
    settled_at: datetime | None = instant(nullable=True)
