"""Which items' planning inputs changed, noted by the database itself: no command can forget it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, func, text
from sqlmodel import Field

from services.production.rows import ContextRow
from shared.audit_policy import policy
from shared.tables import Owned

NOTE = "says which items to plan again; the change itself stands in its own table"
XID = text("pg_current_xact_id()::text::bigint")


class PlanChange(Owned, ContextRow, table=True):
    """Appended by statement triggers on every table that a plan reads; never updated.

    A row counts for whoever took a snapshot in which `transaction` is not visible: several planning
    processes go by it, each from its own snapshot. No item means that structures changed.
    """

    __table_args__ = (
        Index(None, "company_id", "transaction"),
        Index(None, "noted_at"),
        policy(unaudited=NOTE, deletable=NOTE),
    )

    position: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(), primary_key=True)
    )
    item_id: UUID | None = None
    transaction: int = Field(sa_column=Column(BigInteger, server_default=XID, nullable=False))
    noted_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    )
