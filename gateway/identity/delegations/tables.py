"""Who lent whom the right to approve. Revoked, never deleted."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from gateway.rows import GatewayRow
from shared.tables import instant


class ApprovalDelegation(GatewayRow, table=True):
    """One person's right to approve in another's hands, for a period and a scope."""

    id: UUID = Field(primary_key=True)
    company_id: UUID
    delegator_id: UUID = Field(index=True)
    delegate_id: UUID = Field(index=True)
    kinds: list[str] = Field(sa_column=Column(ARRAY(TEXT), nullable=False))  # empty: all
    ceiling: Decimal | None = None  # gross, company currency
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    reason: str
    created_at: datetime = instant()
    revoked_at: datetime | None = instant(nullable=True)
    revoked_by: str = ""
