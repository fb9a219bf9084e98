"""Signing in at the identity provider over HTTP: authorization code with PKCE, state and nonce.

The provider sends the browser back from another site, and the session's cookie is for our own site
alone; so the way back only notes who it was, and the console then asks for its session itself.
"""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from gateway.identity.entrance import COOKIE
from gateway.identity.oidc import commands
from gateway.identity.oidc.rules import (
    SIGN_IN_TIME,
    AccountNotLinked,
    AlreadyLinked,
    IdentityDoubtful,
    NoProvider,
    NotAuthenticatedAnew,
    ProviderAway,
    SignerDiffers,
    SignInDenied,
    SignInSpent,
    bound_nonce,
    challenge_of,
    check_claims,
    check_fresh,
    local_path,
)
from gateway.identity.opening import opening
from gateway.identity.provider import Provider
from gateway.identity.sessions.rules import LIFE_MAX
from gateway.identity.users.routes import shown
from gateway.identity.users.rules import AccountDisabled, AccountLocked, UserUnknown
from shared.auth import CurrentActor, needs
from shared.clock import utc_now
from shared.contracts.gateway.identity import ConsoleSession, LinkAccount, UserShown
from shared.problems import Problem
from shared.service import problems
from shared.session import Session, TransactionRoute

log = structlog.get_logger("oidc")
HANDLE, SIGNING_HANDLE = "mailuo_sign_in", "mailuo_signing"
PATH = "/api/identity/oidc"
router = APIRouter(prefix=PATH, tags=["identity"])
own_router = APIRouter(prefix="/api/identity", tags=["identity"], route_class=TransactionRoute)
Text = Annotated[str, Query(max_length=2000)]


def provider_of(request: Request) -> Provider:
    provider = request.app.state.provider_of_identity
    if not isinstance(provider, Provider):
        raise NoProvider
    return provider


@router.get("/login", status_code=303, responses=problems(NoProvider, ProviderAway))
async def begin_sign_in(request: Request, return_to: Text = "/") -> Response:
    """To the provider, with what makes its answer ours alone."""
    provider, state = provider_of(request), request.app.state
    address = await provider.required("authorization_endpoint")
    async with opening(state.engine, state.clock) as session:
        begun = await commands.begin(session, local_path(return_to))
    response = RedirectResponse(way_to(provider, address, begun), status_code=303)
    keep_handle(response, provider, HANDLE, begun.handle)
    return response


def way_to(provider: Provider, address: str, begun: commands.Begun, **more: str) -> str:
    """The provider's address with what makes its answer ours alone."""
    asked = {
        "response_type": "code",
        "client_id": provider.settings.oidc_client_id,
        "redirect_uri": provider.settings.oidc_redirect_url,
        "scope": provider.settings.oidc_scope,
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": challenge_of(begun.verifier),
        "code_challenge_method": "S256",
        **more,
    }
    mark = "&" if "?" in address else "?"
    return f"{address}{mark}{urlencode(asked)}"


def keep_handle(response: Response, provider: Provider, name: str, handle: str) -> None:
    """What ties the way back to this browser."""
    response.set_cookie(
        name,
        handle,
        max_age=int(SIGN_IN_TIME.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="lax",  # it must come along when the provider sends the browser back
        secure=provider.settings.oidc_redirect_url.startswith("https://"),
    )


@router.get(
    "/callback",
    status_code=303,
    responses=problems(
        NoProvider, SignInSpent, SignInDenied, IdentityDoubtful, AccountNotLinked, AccountLocked,
        AccountDisabled, ProviderAway, NotAuthenticatedAnew, SignerDiffers,
    ),
)  # fmt: skip
async def come_back(
    request: Request, state: Text = "", code: Text = "", error: Text = ""
) -> Response:
    """Back from the provider: whose account it is, or why nobody comes in, or may sign."""
    provider, here = provider_of(request), request.app.state
    handles = [request.cookies.get(name, "") for name in (HANDLE, SIGNING_HANDLE)]
    try:
        async with opening(here.engine, here.clock) as session:  # spent, whatever follows
            handle, begun = await commands.come_back(session, handles, state)
        if error or not code:
            raise SignInDenied(cause=error or "no code")
        claims = await provider.claims_of(await provider.redeem(code, begun.verifier))
        nonce = bound_nonce(begun.nonce, begun.wish)
        check_claims(claims, provider.issuer, provider.settings.oidc_client_id, nonce)
        if begun.signer_id is not None:
            check_fresh(claims, begun.expires_at - SIGN_IN_TIME, utc_now())
        name = str(claims.get(provider.settings.oidc_claim) or "")
        if not name:
            raise IdentityDoubtful(cause=f"no {provider.settings.oidc_claim}")
        role = provider.settings.oidc_default_role
        async with opening(here.engine, here.clock) as session:
            await commands.identify(
                session, handle, provider.issuer, name, claims, role, here.passwords
            )
    except Problem as problem:
        log.warning("sign-in refused", problem=problem.type(), members=str(problem.members))
        raise
    return RedirectResponse(begun.return_to, status_code=303)


@router.post("/sessions", responses=problems(SignInSpent, AccountLocked, AccountDisabled))
async def create_provider_session(request: Request, response: Response) -> ConsoleSession:
    """The console's session after the way back: the cookie, and the CSRF token for changes."""
    here = request.app.state
    async with opening(here.engine, here.clock) as session:
        opened = await commands.finish(session, request.cookies.get(HANDLE, ""))
    response.delete_cookie(HANDLE, path=PATH)
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


@router.get("/logout", status_code=303, responses=problems(NoProvider, ProviderAway))
async def leave_provider(request: Request) -> Response:
    """After `DELETE /api/identity/sessions/current`: end the provider's own session, too."""
    provider = provider_of(request)
    address = await provider.endpoint("end_session_endpoint")
    if address is None:
        return RedirectResponse("/", status_code=303)
    mark = "&" if "?" in address else "?"
    asked = urlencode({"client_id": provider.settings.oidc_client_id})
    return RedirectResponse(f"{address}{mark}{asked}", status_code=303)


@own_router.post(
    "/users/{id}/actions/link",
    dependencies=[needs("gateway.user.write")],
    responses=problems(UserUnknown, AlreadyLinked, NoProvider),
)
async def link_user(
    request: Request, id: UUID, wish: LinkAccount, session: Session, actor: CurrentActor
) -> UserShown:
    """Let the person come in by a name of the identity provider; null ends it."""
    issuer = provider_of(request).issuer
    return shown(
        request, await commands.link(session, id, wish.version, issuer, wish.external_name, actor)
    )
