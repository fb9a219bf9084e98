"""Questions about delegations."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, and_, bindparam, or_, select
from sqlmodel import col

from gateway.identity.delegations.rules import conflicts, lendable
from gateway.identity.delegations.tables import ApprovalDelegation
from gateway.identity.users.tables import User
from shared.actor import Delegation
from shared.database import AsyncSession


def loans_to(delegate: ColumnElement[UUID]) -> tuple[Select[Any], Select[Any]]:
    """What others have lent this person and is not over (at `now`), and who lent each, in order."""
    of_active = and_(col(User.id) == ApprovalDelegation.delegator_id, col(User.active))
    going_on = (
        col(ApprovalDelegation.delegate_id) == delegate,
        col(ApprovalDelegation.revoked_at).is_(None),
        col(ApprovalDelegation.ends_at) > bindparam("now", type_=DateTime(timezone=True)),
    )
    in_order = col(ApprovalDelegation.id)
    return (
        select(ApprovalDelegation).join(User, of_active).where(*going_on).order_by(in_order),
        select(User).join(ApprovalDelegation, of_active).where(*going_on).order_by(in_order),
    )


def lent_to(
    user: User, loans: Sequence[ApprovalDelegation], lenders: Sequence[User]
) -> tuple[Delegation, ...]:
    """What reaches this person, as everybody's rights stand now.

    A delegator who is disabled or lost the right lends nothing any more; nor does it reach
    somebody whose own roles have come to conflict with it.
    """
    return tuple(
        carried(row, delegator, lent)
        for row, delegator in zip(loans, lenders, strict=True)
        if (lent := reaching(delegator.roles, user.roles))
    )


def reaching(delegator_roles: Collection[str], delegate_roles: Collection[str]) -> frozenset[str]:
    lent = lendable(delegator_roles)
    return frozenset() if conflicts(delegate_roles, lent) else lent


def carried(row: ApprovalDelegation, delegator: User, lent: frozenset[str]) -> Delegation:
    return Delegation(
        id=row.id,
        delegator=f"user:{delegator.id}",
        delegator_name=delegator.name,
        permissions=lent,
        kinds=frozenset(row.kinds),
        ceiling=row.ceiling,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )


async def delegations_of(
    session: AsyncSession, company_id: UUID, user_id: UUID | None
) -> list[ApprovalDelegation]:
    """Given and received by one person, or everybody's; the latest first."""
    asked = select(ApprovalDelegation).where(col(ApprovalDelegation.company_id) == company_id)
    if user_id is not None:
        asked = asked.where(
            or_(
                col(ApprovalDelegation.delegator_id) == user_id,
                col(ApprovalDelegation.delegate_id) == user_id,
            )
        )
    found = await session.execute(asked.order_by(col(ApprovalDelegation.id).desc()).limit(500))
    return list(found.scalars())
