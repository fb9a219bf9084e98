"""Signing in and out over HTTP."""

from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.identity.entrance import COOKIE
from gateway.identity.opening import opening
from gateway.identity.sessions.commands import (
    Opened,
    end_session,
    open_session,
    prove,
    renew,
    try_password,
)
from gateway.identity.sessions.rules import ACCESS_SECONDS, LIFE_MAX, SessionEnded
from gateway.identity.users.rules import AccountDisabled, AccountLocked, WrongCredentials
from gateway.identity.users.tables import User
from shared.auth import CurrentActor, mint, needs
from shared.contracts.gateway.identity import ConsoleSession, Refresh, SignIn, Tokens
from shared.problems import Problem
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/api/identity", tags=["identity"])
own_router = APIRouter(prefix="/api/identity", tags=["identity"], route_class=TransactionRoute)
REFUSALS = problems(WrongCredentials, AccountLocked, AccountDisabled)


@router.post("/tokens", responses=REFUSALS)
async def create_tokens(request: Request, wish: SignIn) -> Tokens:
    """Sign in for an API client: a short access token and a refresh token."""
    return tokens(request, await sign_in(request, wish, "token"))


@router.post("/tokens/refresh", responses=problems(SessionEnded))
async def refresh_tokens(request: Request, wish: Refresh) -> Tokens:
    """The next access token. A refresh token works once; used twice it ends the session."""
    async with opening(request.app.state.engine, request.app.state.clock) as session:
        outcome = await renew(session, wish.refresh_token)
    request.app.state.entrance.forget()
    return tokens(request, raised(outcome))


@router.post("/sessions", responses=REFUSALS)
async def create_session(request: Request, response: Response, wish: SignIn) -> ConsoleSession:
    """Sign in for the console: an HttpOnly cookie, and the CSRF token for what changes."""
    opened = await sign_in(request, wish, "cookie")
    response.set_cookie(
        COOKIE,
        opened.secret,
        max_age=int(LIFE_MAX.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return ConsoleSession(
        csrf_token=opened.csrf,
        expires_at=opened.session.expires_at,
        must_change_password=opened.user.must_change,
    )


@own_router.delete("/sessions/current", status_code=204, dependencies=[needs("gateway.self.write")])
async def sign_out(request: Request, session: Session, actor: CurrentActor) -> Response:
    """End this session, by token or cookie; its tokens stop working at once."""
    await end_session(session, actor.claims["sid"], "signed out")
    request.app.state.entrance.forget()
    response = Response(status_code=204)
    response.delete_cookie(COOKIE)
    return response


async def sign_in(request: Request, wish: SignIn, kind: str) -> Opened:
    """Prove the password and open a session; the count of wrong tries is committed first."""
    state = request.app.state
    username = wish.username.strip().lower()
    tried = await try_password(state.reader, username, wish.password, state.passwords)
    async with opening(state.engine, state.clock) as session:
        outcome = await prove(session, tried)
        opened = open_session(session, outcome, kind) if isinstance(outcome, User) else outcome
    return raised(opened)


def raised(outcome: Opened | Problem) -> Opened:
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def tokens(request: Request, opened: Opened) -> Tokens:
    extra: dict[str, Any] = {"sid": str(opened.session.id), "username": opened.user.username}
    token = mint(
        request.app.state.settings.key(),
        issuer="gateway",
        subject=f"user:{opened.user.id}",
        audience="gateway",
        company_id=opened.user.company_id,
        name=opened.user.name,
        ttl=ACCESS_SECONDS,
        extra=extra,
    )
    return Tokens(
        access_token=token,
        expires_in=ACCESS_SECONDS,
        refresh_token=opened.secret,
        must_change_password=opened.user.must_change,
    )
