"""Sign-ins: one row per session, ended and never deleted."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import Field

from gateway.rows import GatewayRow
from shared.audit_policy import policy
from shared.tables import instant


class LoginSession(GatewayRow, table=True):
    """A person's session, by token or by cookie. Secrets stand here only as hashes."""

    __table_args__: ClassVar[Any] = (
        policy(hidden=("secret_hash", "spent_hash", "csrf_hash", "last_seen_at")),
    )

    id: UUID = Field(primary_key=True)  # the token's sid
    company_id: UUID
    user_id: UUID = Field(index=True)
    kind: str  # token or cookie
    secret_hash: str = Field(index=True)  # of the refresh token or the cookie
    spent_hash: str = Field(default="", index=True)  # of the refresh token used before
    csrf_hash: str = ""
    started_at: datetime = instant()
    last_seen_at: datetime = instant()
    expires_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
    ended_because: str = ""
