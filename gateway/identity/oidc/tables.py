"""Sign-ins under way at the identity provider; each row is used once and then given up."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from gateway.rows import GatewayRow
from shared.audit_policy import policy
from shared.tables import instant


class ProviderSignIn(GatewayRow, table=True):
    """One browser's way to the provider and back. The cookie and the state stand as hashes.

    With a signer it opens no session: it proves that the person is still there, to sign the wish.
    """

    __table_args__: ClassVar[Any] = (
        policy(unaudited="minutes old; the session tells", deletable="spent after ten minutes"),
    )

    handle_hash: str = Field(primary_key=True)
    state_hash: str
    nonce: str
    verifier: str
    return_to: str
    expires_at: datetime = instant(index=True)
    returned_at: datetime | None = instant(nullable=True)
    user_id: UUID | None = None  # who it was, once the provider has said so
    used_at: datetime | None = instant(nullable=True)
    signer_id: UUID | None = None
    wish: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
