"""Lending the right to approve: what people ask, and what is told of it."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Amount, Body, Contract, Event, Name, Reason


class Delegate(Body):
    """Body of `POST /api/identity/delegations`: one's own right to approve, for a time.

    `kinds` are types of document (`order`, `requisition`, `sales_order`), none for all; `ceiling`
    is the gross in the company's currency up to which the other may decide.
    """

    delegate_id: UUID
    kinds: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    ceiling: Amount | None = None
    starts_at: datetime
    ends_at: datetime
    reason: Reason


class DelegationShown(Contract):
    id: UUID
    delegator_id: UUID
    delegate_id: UUID
    kinds: tuple[str, ...]
    ceiling: Amount | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    revoked_at: datetime | None
    revoked_by: str


class DelegationChanged(Event):
    """Somebody lent their right to approve, or the loan was revoked."""

    subject: ClassVar[str] = "erp.gateway.delegation_changed.v1"
    aggregate: ClassVar[str] = "delegation_id"

    delegation_id: UUID
    delegator_id: UUID
    delegate_id: UUID
    kinds: tuple[str, ...]
    ceiling: Amount | None
    starts_at: datetime
    ends_at: datetime
    revoked: bool
