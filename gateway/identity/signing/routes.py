"""Electronic signatures: the person proves anew who they are, and gets a one-use token (REQ-86).

By the password, or, for who has none here, by a fresh authentication at the identity provider.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from gateway.identity.oidc import commands
from gateway.identity.oidc.routes import (
    PATH,
    SIGNING_HANDLE,
    keep_handle,
    provider_of,
    way_to,
)
from gateway.identity.oidc.rules import (
    SIGN_IN_TIME,
    NoProvider,
    ProviderAway,
    SignInSpent,
    local_path,
)
from gateway.identity.opening import opening
from gateway.identity.sessions.commands import prove, try_password
from gateway.identity.users.rules import AccountDisabled, AccountLocked, WrongCredentials
from shared.auth import Actor, CurrentActor, mint, needs
from shared.contracts.gateway.identity import (
    AskProviderSignature,
    AskSignature,
    ProviderSignature,
    SignatureToken,
    SignatureWish,
)
from shared.problems import Problem
from shared.service import problems
from shared.session import TransactionRoute

SIGNATURE_SECONDS = 120
router = APIRouter(prefix="/api/identity", tags=["identity"], route_class=TransactionRoute)
provider_router = APIRouter(prefix=f"{PATH}/signatures", tags=["identity"])


@router.post(
    "/signatures",
    dependencies=[needs("gateway.self.write")],
    responses=problems(WrongCredentials, AccountLocked),
)
async def create_signature(
    request: Request, wish: AskSignature, actor: CurrentActor
) -> SignatureToken:
    """Re-authenticate and sign a list of documents; the deciding service checks and keeps it.

    The token lives two minutes, works once per document, and only for the person, the meaning,
    the version and the content that it names.
    """
    state = request.app.state
    username = actor.claims["username"]
    tried = await try_password(state.reader, username, wish.password, state.passwords)
    async with opening(state.engine, state.clock, actor.subject) as session:
        outcome = await prove(session, tried)
    if isinstance(outcome, Problem):
        raise outcome
    return signed(request, actor, wish)


@provider_router.post(
    "",
    dependencies=[needs("gateway.self.write")],
    responses=problems(NoProvider, ProviderAway),
)
async def begin_provider_signature(
    request: Request, response: Response, wish: AskProviderSignature, actor: CurrentActor
) -> ProviderSignature:
    """Go and authenticate anew: the answer must be of this person, of now, and for this wish."""
    provider, state = provider_of(request), request.app.state
    address = await provider.required("authorization_endpoint")
    known: dict[str, Any] = wish.model_dump(mode="json", exclude={"return_to"})
    known["signer"], back = actor.subject, local_path(wish.return_to)
    async with opening(state.engine, state.clock, actor.subject) as session:
        begun = await commands.begin(session, back, signer_id=user_id(actor), wish=known)
    keep_handle(response, provider, SIGNING_HANDLE, begun.handle)
    location = way_to(provider, address, begun, prompt="login", max_age="0")
    return ProviderSignature(location=location, expires_in=int(SIGN_IN_TIME.total_seconds()))


@provider_router.post(
    "/token",
    dependencies=[needs("gateway.self.write")],
    responses=problems(NoProvider, SignInSpent, AccountLocked, AccountDisabled),
)
async def create_provider_signature(
    request: Request, response: Response, actor: CurrentActor
) -> SignatureToken:
    """The signature after the way back: once, and within two minutes of it."""
    provider_of(request)
    state, handle = request.app.state, request.cookies.get(SIGNING_HANDLE, "")
    fresh_for = timedelta(seconds=SIGNATURE_SECONDS)
    async with opening(state.engine, state.clock, actor.subject) as session:
        known = await commands.wish_of(session, handle, user_id(actor), fresh_for)
    response.delete_cookie(SIGNING_HANDLE, path=PATH)
    known.pop("signer")
    return signed(request, actor, SignatureWish.model_validate(known))


def user_id(actor: Actor) -> UUID:
    return UUID(actor.subject.removeprefix("user:"))


def signed(request: Request, actor: Actor, wish: SignatureWish) -> SignatureToken:
    """The token that the deciding service believes for two minutes."""
    token = mint(
        request.app.state.settings.key(),
        issuer="gateway",
        subject=actor.subject,
        audience=f"signature:{wish.context}",
        company_id=actor.company_id,
        name=actor.name,
        ttl=SIGNATURE_SECONDS,
        extra={
            "meaning": wish.meaning,
            "items": [item.model_dump(mode="json") for item in wish.items],
        },
    )
    return SignatureToken(signature=token, expires_in=SIGNATURE_SECONDS)
