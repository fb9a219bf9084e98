"""Material that came back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Document, Owned, instant


class IssueReturn(Document, ContextRow, table=True):
    """Unused material that came back from a production order."""

    __table_args__ = (UniqueConstraint("company_id", "number"),)

    issue_id: UUID = Field(foreign_key="issue.id", index=True)
    order_id: UUID
    order_number: str
    returned_on: date


class ReturnTask(Owned, ContextRow, table=True):
    """A cancelled production order whose material must come back; one per order."""

    __table_args__ = (CheckConstraint("state IN ('open', 'done')", name="state"),)

    id: UUID = Field(primary_key=True)  # the production order's
    order_number: str
    state: str = "open"
    version: int = 1
    opened_at: datetime = instant()
