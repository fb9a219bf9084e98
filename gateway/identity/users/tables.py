"""People. An account is never deleted and its name never used again (REQ-87)."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from gateway.rows import GatewayRow
from shared.audit_policy import policy
from shared.tables import instant


class User(GatewayRow, table=True):
    """One person's account; shared accounts cannot sign."""

    __tablename__ = "app_user"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("external_issuer", "external_name"),
        policy(hidden=("password_hash",)),
    )

    id: UUID = Field(primary_key=True)
    company_id: UUID
    username: str = Field(unique=True)
    name: str
    password_hash: str
    roles: list[str] = Field(sa_column=Column(ARRAY(TEXT), nullable=False))
    active: bool = True
    must_change: bool = False
    failed_tries: int = 0
    locked_until: datetime | None = instant(nullable=True)
    external_issuer: str | None = None  # the identity provider and its name for the person
    external_name: str | None = None
    version: int = 1
    created_at: datetime = instant()
