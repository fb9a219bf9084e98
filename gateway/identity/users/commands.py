"""Changes to people's accounts. Each one locks, looks, decides, writes, tells."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from gateway.identity.passwords import Passwords
from gateway.identity.roles.rules import check_roles
from gateway.identity.sessions.commands import end_sessions
from gateway.identity.users.rules import (
    OwnAccount,
    UsernameTaken,
    UserUnknown,
    WrongCredentials,
    check_password,
)
from gateway.identity.users.tables import User
from shared.actor import Actor
from shared.clock import utc_now
from shared.contracts.gateway.events import UserChanged
from shared.contracts.gateway.identity import AddUser, ChangePassword
from shared.database import AsyncSession
from shared.ids import new_id
from shared.lifecycle import expect_version
from shared.outbox import record


async def add_user(
    session: AsyncSession, wish: AddUser, company_id: UUID, passwords: Passwords
) -> User:
    """A personal account; its first password must be changed at the first sign-in."""
    known = await session.execute(select(col(User.id)).where(col(User.username) == wish.username))
    if known.first() is not None:
        raise UsernameTaken(username=wish.username)
    check_roles(wish.roles)
    check_password(wish.password, wish.username, wish.name)
    user = User(
        id=new_id(),
        company_id=company_id,
        username=wish.username,
        name=wish.name,
        password_hash=await passwords.hash(wish.password),
        roles=list(wish.roles),
        must_change=True,
        created_at=utc_now(),
    )
    session.add(user)
    tell(session, user)
    return user


async def set_active(
    session: AsyncSession, id: UUID, version: int, actor: Actor, *, active: bool
) -> User:
    """Enable, or disable and end every session at once. The same again changes nothing."""
    user = await lock_user(session, id, actor)
    refuse_own(user, actor)
    if user.active == active:
        return user
    expect_version(version, user.version)
    user.active, user.version = active, user.version + 1
    if not active:
        await end_sessions(session, user.id, "disabled")
    tell(session, user)
    return user


async def unlock(session: AsyncSession, id: UUID, actor: Actor) -> User:
    """Lift a lock before its time."""
    user = await lock_user(session, id, actor)
    user.locked_until, user.failed_tries = None, 0
    return user


async def set_roles(
    session: AsyncSession, id: UUID, version: int, roles: Sequence[str], actor: Actor
) -> User:
    """Replace the roles; duties that must be apart are refused. Takes effect within a second."""
    user = await lock_user(session, id, actor)
    refuse_own(user, actor)
    expect_version(version, user.version)
    check_roles(roles)
    user.roles, user.version = list(roles), user.version + 1
    tell(session, user)
    return user


async def reset_password(
    session: AsyncSession,
    id: UUID,
    version: int,
    password: str,
    actor: Actor,
    passwords: Passwords,
) -> User:
    """A new first password by the administrator; ends the person's sessions."""
    user = await lock_user(session, id, actor)
    expect_version(version, user.version)
    check_password(password, user.username, user.name)
    user.password_hash, user.must_change = await passwords.hash(password), True
    user.locked_until, user.failed_tries, user.version = None, 0, user.version + 1
    await end_sessions(session, user.id, "password reset")
    return user


async def change_password(
    session: AsyncSession, wish: ChangePassword, actor: Actor, passwords: Passwords
) -> User:
    """One's own password, with the old one; every other session ends."""
    user = await lock_user(session, UUID(actor.subject.removeprefix("user:")), actor)
    if not await passwords.verify(wish.old_password, user.password_hash):
        raise WrongCredentials
    check_password(wish.new_password, user.username, user.name)
    user.password_hash = await passwords.hash(wish.new_password)
    user.must_change, user.version = False, user.version + 1
    await end_sessions(session, user.id, "password changed", but=actor.claims.get("sid"))
    return user


async def lock_user(session: AsyncSession, id: UUID, actor: Actor) -> User:
    user = await session.get(User, id, with_for_update=True)
    if user is None or user.company_id != actor.company_id:
        raise UserUnknown(id=id)
    return user


def refuse_own(user: User, actor: Actor) -> None:
    if actor.subject == f"user:{user.id}":
        raise OwnAccount(username=user.username)


def tell(session: AsyncSession, user: User) -> None:
    record(
        session,
        UserChanged(
            user_id=user.id,
            username=user.username,
            name=user.name,
            active=user.active,
            roles=tuple(user.roles),
        ),
    )
