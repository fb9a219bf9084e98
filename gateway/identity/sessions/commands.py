"""Signing in, going on, and signing out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from gateway.identity.passwords import Passwords
from gateway.identity.sessions.rules import LIFE_MAX, SessionEnded, hashed, is_over, make_secret
from gateway.identity.sessions.tables import LoginSession
from gateway.identity.users.rules import (
    AccountDisabled,
    AccountLocked,
    WrongCredentials,
    after_wrong_try,
    is_locked,
)
from gateway.identity.users.tables import User
from shared.clock import utc_now
from shared.database import AsyncSession
from shared.ids import new_id
from shared.problems import Problem


@dataclass(frozen=True, slots=True)
class Opened:
    """A new or renewed session with the secrets that only its owner gets to see."""

    session: LoginSession
    user: User
    secret: str
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A password that was compared with the hash which stood there then (None: nobody's)."""

    username: str
    matches: bool
    kept: str | None


async def try_password(
    reader: AsyncEngine, username: str, password: str, passwords: Passwords
) -> Tried:
    """Compare, before any transaction: neither a lock nor a connection waits for slow hashing.

    Else whoever tries one name often enough would keep everybody else from the database.
    """
    async with AsyncSession(reader) as session:
        kept = await session.scalar(
            select(col(User.password_hash)).where(col(User.username) == username)
        )
    return Tried(username, await passwords.verify(password, kept), kept)


async def prove(session: AsyncSession, tried: Tried) -> User | Problem:
    """The user whose password this is, or the refusal; wrong tries are counted either way.

    Tries of one name are counted one after the other, so that no crowd of them gets past the
    lock. A password changed since it was tried proves nothing. The refusal is returned, not
    raised: the count must be committed.
    """
    found = await session.execute(
        select(User).where(col(User.username) == tried.username).with_for_update()
    )
    user = found.scalar_one_or_none()
    if user is None:
        return WrongCredentials()
    now = utc_now()
    if is_locked(user.locked_until, now):
        return AccountLocked(until=user.locked_until)
    if not (tried.matches and user.password_hash == tried.kept):
        user.failed_tries, user.locked_until = after_wrong_try(user.failed_tries, now)
        return AccountLocked(until=user.locked_until) if user.locked_until else WrongCredentials()
    if not user.active:
        return AccountDisabled(username=user.username)
    user.failed_tries, user.locked_until = 0, None
    return user


def open_session(session: AsyncSession, user: User, kind: str) -> Opened:
    """Begin a session; `secret` is the refresh token or the cookie."""
    secret, csrf, now = make_secret(), make_secret(), utc_now()
    row = LoginSession(
        id=new_id(),
        company_id=user.company_id,
        user_id=user.id,
        kind=kind,
        secret_hash=hashed(secret),
        csrf_hash=hashed(csrf) if kind == "cookie" else "",
        started_at=now,
        last_seen_at=now,
        expires_at=now + LIFE_MAX,
    )
    session.add(row)
    return Opened(row, user, secret, csrf)


async def renew(session: AsyncSession, refresh_token: str) -> Opened | Problem:
    """The next tokens for a refresh token; one that was used before ends the whole session."""
    given = hashed(refresh_token)
    found = await session.execute(
        select(LoginSession)
        .where((col(LoginSession.secret_hash) == given) | (col(LoginSession.spent_hash) == given))
        .where(col(LoginSession.kind) == "token")
        .with_for_update()
    )
    row = found.scalar_one_or_none()
    if row is None:
        return SessionEnded(cause="unknown")
    now = utc_now()
    if why := is_over(now, row.last_seen_at, row.expires_at, row.ended_at):
        return SessionEnded(cause=why)
    if row.spent_hash == given:
        row.ended_at, row.ended_because = now, "refresh token used twice"
        return SessionEnded(cause="reused")
    user = await session.get_one(User, row.user_id)
    if not user.active:
        return AccountDisabled(username=user.username)
    secret = make_secret()
    row.spent_hash, row.secret_hash, row.last_seen_at = given, hashed(secret), now
    return Opened(row, user, secret)


async def end_sessions(
    session: AsyncSession, user_id: UUID, why: str, *, but: str | None = None
) -> None:
    """End every live session of a person, except the one named."""
    ending = (
        update(LoginSession)
        .where(col(LoginSession.user_id) == user_id, col(LoginSession.ended_at).is_(None))
        .values(ended_at=utc_now(), ended_because=why)
    )
    if but:
        ending = ending.where(col(LoginSession.id) != UUID(but))
    await session.execute(ending)


async def end_session(session: AsyncSession, id: UUID, why: str) -> None:
    """Sign out of one session; the same again changes nothing."""
    row = await session.get(LoginSession, id, with_for_update=True)
    if row is not None and row.ended_at is None:
        row.ended_at, row.ended_because = utc_now(), why


async def note_seen(session: AsyncSession, id: UUID, at: datetime) -> None:
    """Keep the idle time; called at most every half minute per session."""
    await session.execute(
        update(LoginSession).where(col(LoginSession.id) == id).values(last_seen_at=at)
    )
