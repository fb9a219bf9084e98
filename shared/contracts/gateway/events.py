"""Facts of identity."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.base import Event


class UserChanged(Event):
    """A person's account was added, changed, locked or disabled; never deleted."""

    subject: ClassVar[str] = "erp.gateway.user_changed.v1"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID
    username: str
    name: str
    active: bool
    roles: tuple[str, ...]
