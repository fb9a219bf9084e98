"""Electronic signatures: the password again, and a one-use token for what was seen (REQ-86)."""

from fastapi import APIRouter, Request

from gateway.identity.opening import opening
from gateway.identity.sessions.commands import prove
from gateway.identity.users.rules import AccountLocked, WrongCredentials
from shared.auth import CurrentActor, mint, needs
from shared.contracts.gateway.identity import AskSignature, SignatureToken
from shared.problems import Problem
from shared.service import problems
from shared.session import TransactionRoute

SIGNATURE_SECONDS = 120
router = APIRouter(prefix="/api/identity", tags=["identity"], route_class=TransactionRoute)


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
    async with opening(state.engine, state.clock, actor.subject) as session:
        username = actor.claims["username"]
        outcome = await prove(session, username, wish.password, state.passwords)
    if isinstance(outcome, Problem):
        raise outcome
    token = mint(
        state.settings.key(),
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
