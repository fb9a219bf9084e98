"""Questions about delegations."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import col

from gateway.identity.delegations.rules import conflicts, lendable
from gateway.identity.delegations.tables import ApprovalDelegation
from gateway.identity.users.tables import User
from shared.actor import Delegation
from shared.clock import utc_now
from shared.database import AsyncSession


async def lent_to(session: AsyncSession, user: User) -> tuple[Delegation, ...]:
    """What others have lent this person and is not over, as their rights stand now.

    A delegator who is disabled or lost the right lends nothing any more; nor does it reach
    somebody whose own roles have come to conflict with it.
    """
    found = await session.execute(
        select(ApprovalDelegation, User)
        .join(User, col(User.id) == ApprovalDelegation.delegator_id)
        .where(col(ApprovalDelegation.delegate_id) == user.id)
        .where(col(ApprovalDelegation.revoked_at).is_(None))
        .where(col(ApprovalDelegation.ends_at) > utc_now())
        .where(col(User.active))
        .order_by(col(ApprovalDelegation.id))
    )
    return tuple(
        carried(row, delegator, lent)
        for row, delegator in found
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
