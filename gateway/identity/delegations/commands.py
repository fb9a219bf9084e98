"""Lending and revoking the right to approve. Each locks, looks, decides, writes, tells."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from gateway.identity.delegations.rules import (
    DelegateNotFit,
    DelegationUnknown,
    check_delegation,
)
from gateway.identity.delegations.tables import ApprovalDelegation
from gateway.identity.users.tables import User
from shared.actor import Actor
from shared.clock import utc_now
from shared.contracts.gateway.delegations import Delegate, DelegationChanged
from shared.database import AsyncSession
from shared.ids import new_id
from shared.outbox import record


async def delegate(session: AsyncSession, wish: Delegate, actor: Actor) -> ApprovalDelegation:
    """Lend one's own right to approve; in force for at most a second later everywhere."""
    own = UUID(actor.subject.removeprefix("user:"))
    found = await session.execute(
        select(User)
        .where(col(User.id).in_([own, wish.delegate_id]))
        .where(col(User.company_id) == actor.company_id)
        .order_by(col(User.id))
        .with_for_update()
    )
    people = {user.id: user for user in found.scalars()}
    other = people.get(wish.delegate_id)
    if other is None or other.id == own or not other.active:
        raise DelegateNotFit(delegate_id=wish.delegate_id)
    check_delegation(people[own].roles, other.roles, wish.starts_at, wish.ends_at, utc_now())
    row = ApprovalDelegation(
        id=new_id(),
        company_id=actor.company_id,
        delegator_id=own,
        created_at=utc_now(),
        delegate_id=wish.delegate_id,
        kinds=list(wish.kinds),
        ceiling=wish.ceiling,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        reason=wish.reason,
    )
    session.add(row)
    tell(session, row)
    return row


async def revoke(session: AsyncSession, id: UUID, actor: Actor) -> ApprovalDelegation:
    """End a delegation at once: by who lent, who got it, or the administrator. Twice: no change."""
    row = await session.get(ApprovalDelegation, id, with_for_update=True)
    if row is None or row.company_id != actor.company_id:
        raise DelegationUnknown(id=id)
    sides = {f"user:{row.delegator_id}", f"user:{row.delegate_id}"}
    if actor.subject not in sides and not actor.may("gateway.user.write"):
        raise DelegationUnknown(id=id)
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = utc_now(), actor.subject
        tell(session, row)
    return row


def tell(session: AsyncSession, row: ApprovalDelegation) -> None:
    record(
        session,
        DelegationChanged(
            delegation_id=row.id,
            delegator_id=row.delegator_id,
            delegate_id=row.delegate_id,
            kinds=tuple(row.kinds),
            ceiling=row.ceiling,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            revoked=row.revoked_at is not None,
        ),
    )
