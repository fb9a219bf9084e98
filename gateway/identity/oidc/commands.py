"""A sign-in at the provider: begun, come back from, turned into a session; accounts linked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import col

from gateway.identity.oidc.rules import (
    SIGN_IN_TIME,
    AccountNotLinked,
    AlreadyLinked,
    SignInSpent,
    username_for,
)
from gateway.identity.oidc.tables import ProviderSignIn
from gateway.identity.passwords import Passwords
from gateway.identity.roles.rules import check_roles
from gateway.identity.sessions.commands import Opened, open_session
from gateway.identity.sessions.rules import hashed, make_secret
from gateway.identity.users.commands import lock_user, tell
from gateway.identity.users.rules import AccountDisabled, AccountLocked, is_locked
from gateway.identity.users.tables import User
from shared.actor import Actor
from shared.clock import utc_now
from shared.company import DEFAULT_COMPANY
from shared.database import AsyncSession
from shared.ids import new_id
from shared.lifecycle import expect_version


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser takes along: the handle as a cookie, the rest in the provider's address."""

    handle: str
    state: str
    nonce: str
    verifier: str


async def begin(session: AsyncSession, return_to: str) -> Begun:
    """Remember a sign-in that starts; those that are over are given up."""
    now = utc_now()
    await session.execute(delete(ProviderSignIn).where(col(ProviderSignIn.expires_at) < now))
    begun = Begun(make_secret(), make_secret(), make_secret(), make_secret())
    session.add(
        ProviderSignIn(
            handle_hash=hashed(begun.handle),
            state_hash=hashed(begun.state),
            nonce=begun.nonce,
            verifier=begun.verifier,
            return_to=return_to,
            expires_at=now + SIGN_IN_TIME,
        )
    )
    return begun


async def come_back(session: AsyncSession, handle: str, state: str) -> ProviderSignIn:
    """The sign-in that this browser began with this state; it comes back once."""
    row = await find(session, handle)
    if row.returned_at is not None or row.state_hash != hashed(state):
        raise SignInSpent
    row.returned_at = utc_now()
    return row


async def find(session: AsyncSession, handle: str) -> ProviderSignIn:
    row = await session.get(ProviderSignIn, hashed(handle), with_for_update=True)
    if row is None or row.expires_at < utc_now():
        raise SignInSpent
    return row


async def identify(
    session: AsyncSession,
    handle: str,
    issuer: str,
    name: str,
    claims: dict[str, Any],
    default_role: str,
    passwords: Passwords,
) -> None:
    """Note whose account it is. Raises AccountNotLinked, AccountLocked, AccountDisabled."""
    row = await find(session, handle)
    found = await session.execute(
        select(User)
        .where(col(User.external_issuer) == issuer, col(User.external_name) == name)
        .with_for_update()
    )
    user = found.scalar_one_or_none()
    if user is None and default_role:
        user = await welcome(session, issuer, name, claims, default_role, passwords)
    if user is None:
        raise AccountNotLinked(name=name)
    check_open(user, utc_now())
    row.user_id = user.id


def check_open(user: User, now: datetime) -> None:
    if is_locked(user.locked_until, now):
        raise AccountLocked(until=user.locked_until)
    if not user.active:
        raise AccountDisabled(username=user.username)


async def welcome(
    session: AsyncSession,
    issuer: str,
    name: str,
    claims: dict[str, Any],
    role: str,
    passwords: Passwords,
) -> User:
    """A new account for somebody whom the provider knows; nobody knows its password."""
    check_roles([role])
    user = User(
        id=new_id(),
        company_id=DEFAULT_COMPANY,
        username=username_for(name),
        name=str(claims.get("name") or name)[:100],
        password_hash=await passwords.hash(make_secret()),
        roles=[role],
        created_at=utc_now(),
        external_issuer=issuer,
        external_name=name,
    )
    session.add(user)
    await session.flush()
    tell(session, user)
    return user


async def finish(session: AsyncSession, handle: str) -> Opened:
    """The console's session for a sign-in that came back; works once."""
    row = await find(session, handle)
    if row.user_id is None or row.used_at is not None:
        raise SignInSpent
    row.used_at = utc_now()
    user = await session.get_one(User, row.user_id)
    check_open(user, utc_now())
    return open_session(session, user, "cookie")


async def link(
    session: AsyncSession, id: UUID, version: int, issuer: str, name: str | None, actor: Actor
) -> User:
    """Link an account to a name of the provider, or unlink it (None). Twice: no change."""
    user = await lock_user(session, id, actor)
    given = (issuer, name) if name else (None, None)
    if (user.external_issuer, user.external_name) == given:
        return user
    expect_version(version, user.version)
    if name:
        taken = await session.execute(
            select(col(User.id)).where(
                col(User.external_issuer) == issuer, col(User.external_name) == name
            )
        )
        if taken.first() is not None:
            raise AlreadyLinked(name=name)
    user.external_issuer, user.external_name = given
    user.version += 1
    tell(session, user)
    return user
