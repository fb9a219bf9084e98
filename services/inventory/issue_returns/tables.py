"""Material that came back."""

from datetime import date
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from services.inventory.rows import ContextRow
from shared.tables import Document


class IssueReturn(Document, ContextRow, table=True):
    """Unused material that came back from a production order."""

    __table_args__ = (UniqueConstraint("company_id", "number"),)

    issue_id: UUID = Field(foreign_key="issue.id", index=True)
    order_id: UUID
    order_number: str
    returned_on: date
