"""The door: who comes in with which token or cookie, and whether their session still lives."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from sqlalchemy import ColumnElement, Uuid, bindparam, cast, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.identity.delegations.queries import lent_to, loans_to
from gateway.identity.delegations.tables import ApprovalDelegation
from gateway.identity.roles.rules import permissions_of
from gateway.identity.sessions.commands import note_seen
from gateway.identity.sessions.rules import CsrfMissing, SessionEnded, hashed, is_over
from gateway.identity.sessions.tables import LoginSession
from gateway.identity.users.rules import PasswordMustChange
from gateway.identity.users.tables import User
from shared.actor import Actor, Delegation
from shared.answers import problem_behind, render
from shared.auth import NotSignedIn, read_token
from shared.bulk import Asked, asking
from shared.clock import utc_now
from shared.database import AsyncSession
from shared.problems import Problem

COOKIE = "mailuo_session"
KNOWN_SECONDS = 1.0  # how late a disabled account may be noticed by another replica
KNOWN_MAX = 10_000
SEEN_EVERY = timedelta(seconds=30)
SAFE = {"GET", "HEAD", "OPTIONS"}
# Whoever signs in anew may still carry the cookie of a session that is over.
SIGNING_IN = {
    "/api/identity/tokens",
    "/api/identity/tokens/refresh",
    "/api/identity/sessions",
    "/api/identity/oidc/login",
    "/api/identity/oidc/callback",
    "/api/identity/oidc/sessions",
    "/api/identity/oidc/logout",
}
BEFORE_CHANGE = {"/api/identity/password", "/api/identity/me", "/api/identity/sessions/current"}


def looking(
    whose: ColumnElement[bool],
) -> Asked[tuple[list[LoginSession], list[User], list[ApprovalDelegation], list[User]]]:
    """A session, its person, what others lent that person, and who they are: one statement."""
    person = select(col(LoginSession.user_id)).where(whose).scalar_subquery()
    return asking(
        select(LoginSession).where(whose),
        select(User).where(col(User.id) == person),
        *loans_to(person),
    )


WHOSE_ID = looking(col(LoginSession.id) == cast(bindparam("value"), Uuid()))
WHOSE_SECRET = looking(col(LoginSession.secret_hash) == bindparam("value"))


@dataclass(frozen=True, slots=True)
class Known:
    """A session and its person as they stood a moment ago."""

    session: LoginSession
    user: User
    until: float  # monotonic seconds
    lent: tuple[Delegation, ...] = ()


class Entrance:
    """Finds the person behind a request; remembers each session for a second."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.known: OrderedDict[str, Known] = OrderedDict()
        self.seen: dict[UUID, datetime] = {}
        self.noting: set[asyncio.Task[None]] = set()

    def forget(self) -> None:
        """A right or a session changed in this process: look again at once."""
        self.known.clear()

    async def enter(self, request: Request) -> Actor | None:
        """The actor, or None for a stranger. Raises what is wrong with a bad token or session."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            claims = read_token(token, "gateway", self.app.state.trusted)
            if claims["iss"] != "gateway":
                return None  # a service's own token: the usual way
            if "sid" not in claims:
                raise NotSignedIn(cause="SessionMissing")  # a person comes with a session
            known = await self.find(f"id:{claims['sid']}")
        elif (cookie := cookie_of(request)) is not None:
            known = await self.find(f"secret:{hashed(cookie)}")
            self.check_csrf(request, known)
        else:
            return None
        return self.admit(request, known)

    def admit(self, request: Request, known: Known) -> Actor:
        user, row = known.user, known.session
        if why := is_over(utc_now(), self.last_seen(row), row.expires_at, row.ended_at):
            raise SessionEnded(cause=why)
        if not user.active:
            raise SessionEnded(cause="disabled")
        if user.must_change and request.url.path not in BEFORE_CHANGE:
            raise PasswordMustChange
        self.note(row)
        return Actor(
            subject=f"user:{user.id}",
            name=user.name,
            company_id=user.company_id,
            permissions=permissions_of(frozenset(user.roles)),
            delegations=known.lent,
            claims={"sid": str(row.id), "username": user.username, "roles": list(user.roles)},
        )

    async def find(self, name: str) -> Known:
        known = self.known.get(name)
        if known is not None and known.until > time.monotonic():
            return known
        kind, _, value = name.partition(":")
        asked = WHOSE_ID if kind == "id" else WHOSE_SECRET
        async with AsyncSession(self.app.state.reader, expire_on_commit=False) as session:
            sessions, users, loans, lenders = await asked.of(session, value=value, now=utc_now())
        if not sessions:
            raise SessionEnded(cause="unknown")
        lent = lent_to(users[0], loans, lenders)
        known = Known(sessions[0], users[0], time.monotonic() + KNOWN_SECONDS, lent)
        self.known[name] = known
        while len(self.known) > KNOWN_MAX:
            self.known.popitem(last=False)
        return known

    def check_csrf(self, request: Request, known: Known) -> None:
        given = request.headers.get("x-csrf-token", "")
        if request.method not in SAFE and hashed(given) != known.session.csrf_hash:
            raise CsrfMissing

    def last_seen(self, row: LoginSession) -> datetime:
        return max(row.last_seen_at, self.seen.get(row.id, row.last_seen_at))

    def note(self, row: LoginSession) -> None:
        """Keep the idle clock, in the background and not with every request."""
        now = utc_now()
        if now - self.last_seen(row) < SEEN_EVERY:
            return
        self.seen[row.id] = now
        task = asyncio.create_task(self.write_seen(row.id, now))
        self.noting.add(task)
        task.add_done_callback(self.noting.discard)

    async def write_seen(self, id: UUID, at: datetime) -> None:
        async with AsyncSession(self.app.state.engine) as session, session.begin():
            await session.execute(text("SELECT set_config('app.actor', 'service:gateway', true)"))
            await note_seen(session, id, at)


class Doorkeeper:
    """ASGI middleware: sets the request's actor, or answers why it may not come in."""

    def __init__(self, app: ASGIApp, service: FastAPI) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in SIGNING_IN:
            scope.setdefault("app", self.service)
            request = Request(scope, receive)
            try:
                actor = await self.service.state.entrance.enter(request)
            except Problem as problem:
                await render(request, problem)(scope, receive, send)
                return
            except DBAPIError as fault:  # here, outside the app, nobody else translates it
                if (behind := problem_behind(fault)) is None:
                    raise
                await render(request, behind)(scope, receive, send)
                return
            if actor is not None:
                state: dict[str, Any] = scope.setdefault("state", {})
                state["actor"] = actor
        await self.app(scope, receive, send)


def cookie_of(request: Request) -> str | None:
    try:
        jar: SimpleCookie = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return None
    return jar[COOKIE].value if COOKIE in jar else None
