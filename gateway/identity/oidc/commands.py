"""A sign-in at the provider: begun, come back from, turned into a session; accounts linked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import col

from gateway.identity.oidc.rules import (
    SIGN_IN_TIME,
    AccountNotLinked,
    AlreadyLinked,
    SignerDiffers,
    SignInSpent,
    bound_nonce,
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


async def begin(
    session: AsyncSession,
    return_to: str,
    *,
    signer_id: UUID | None = None,
    wish: dict[str, Any] | None = None,
) -> Begun:
    """Remember a sign-in that starts; those that are over are given up.

    With a signer it is the re-authentication before a signature, and the nonce stands for the wish.
    """
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
            signer_id=signer_id,
            wish=wish,
        )
    )
    return replace(begun, nonce=bound_nonce(begun.nonce, wish))


async def come_back(
    session: AsyncSession, handles: Sequence[str], state: str
) -> tuple[str, ProviderSignIn]:
    """The sign-in that this browser began with this state, by its handle; it comes back once.

    A browser may have begun a sign-in and a signature: the state tells which one this is.
    """
    for handle in handles:
        row = await session.get(ProviderSignIn, hashed(handle), with_for_update=True)
        known = row is not None and row.state_hash == hashed(state)
        if row is not None and known and row.returned_at is None and row.expires_at >= utc_now():
            row.returned_at = utc_now()
            return handle, row
    raise SignInSpent


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
    if row.signer_id is not None and (user is None or user.id != row.signer_id):
        raise SignerDiffers(name=name)
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
    if row.signer_id is not None:
        raise SignInSpent
    return open_session(session, await use(session, row), "cookie")


async def use(session: AsyncSession, row: ProviderSignIn) -> User:
    """Whom the provider knew; works once, and not for an account that was closed meanwhile."""
    if row.user_id is None or row.used_at is not None:
        raise SignInSpent
    row.used_at = utc_now()
    user = await session.get_one(User, row.user_id)
    check_open(user, utc_now())
    return user


async def wish_of(
    session: AsyncSession, handle: str, signer_id: UUID, fresh_for: timedelta
) -> dict[str, Any]:
    """What the signer wanted to sign when they went to authenticate anew; given out once."""
    row = await find(session, handle)
    if row.signer_id != signer_id or row.wish is None or row.returned_at is None:
        raise SignInSpent
    if utc_now() - row.returned_at > fresh_for:
        raise SignInSpent(returned_at=row.returned_at)
    await use(session, row)
    return row.wish


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
