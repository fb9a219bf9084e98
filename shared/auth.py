"""Who is calling, and what they may do: tokens verified by every service itself."""

import time
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.actor import Actor, Delegation, PermissionMissing, SameHands
from shared.clock import utc_now
from shared.i18n import Bilingual
from shared.ids import new_id
from shared.problems import Unauthenticated
from shared.rights import SERVICE_RIGHTS
from shared.settings import TrustedKeys

__all__ = [
    "Actor",
    "CurrentActor",
    "PermissionMissing",
    "SameHands",
    "authenticate",
    "mint",
    "needs",
]
ALGORITHMS = ["EdDSA"]  # an allow-list: neither "none" nor HMAC with a public key
LEEWAY_SECONDS = 5
TOKENS_MAX = 4096  # signatures remembered; a few hundred bytes each
OWN = "own."
# RFC 9864 renames the algorithm Ed25519; the name that every client knows stays until they do.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")
bearer = HTTPBearer(auto_error=False, description="Access token of the gateway or of a service")


class NotSignedIn(Unauthenticated):
    title = Bilingual("A valid access token is required", "需要有效的访问令牌")
    lifted_by = Bilingual(
        "Sign in again; the administrator can unlock or create the account",
        "请重新登录；账号的解锁和开通由系统管理员办理",
    )


def mint(
    key: OKPKey,
    *,
    issuer: str,
    subject: str,
    audience: str,
    company_id: UUID,
    name: str = "",
    permissions: list[str] | None = None,
    act: str | None = None,
    initiated_by: str | None = None,
    ttl: int = 300,
    extra: dict[str, Any] | None = None,
) -> str:
    """A signed token, valid for `ttl` seconds; a service's own calls carry no permissions."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now + ttl,
        "jti": str(new_id()),
        "name": name or subject,
        "company_id": str(company_id),
        **(extra or {}),
    }
    if permissions is not None:
        claims["permissions"] = permissions
    if act:
        claims["act"] = {"sub": act}
    if initiated_by:
        claims["initiated_by"] = initiated_by
    header = {"alg": "EdDSA", "kid": key.kid or issuer, "typ": "at+jwt"}
    return jwt.encode(header, claims, key, algorithms=ALGORITHMS)


def read_token(token: str, audience: str, trusted: TrustedKeys) -> dict[str, Any]:
    """The claims of a token meant for `audience`; raises NotSignedIn for anything doubtful."""
    try:
        kid, claims = verified(token, trusted)
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True},
            sub={"essential": True},
            exp={"essential": True},
            nbf={"essential": True},
            aud={"essential": True, "value": audience},
        )
        rules.validate(claims)
    except (JoseError, ValueError) as fault:
        raise NotSignedIn(cause=type(fault).__name__) from fault
    if issuer_of(kid) != claims["iss"]:
        raise NotSignedIn(cause="IssuerMismatch")
    return dict(claims)


def issuer_of(kid: object) -> str:
    """Whose key it is: `gateway.k3Xp90aQ` and, of older installations, `gateway`."""
    return str(kid).partition(".")[0]


@lru_cache(maxsize=TOKENS_MAX)
def verified(token: str, trusted: TrustedKeys) -> tuple[object, dict[str, Any]]:
    """Key id and claims of a token that one of these keys signed.

    A person's token comes with each of their requests, and its signature does not change: it is
    checked once per set of keys. Times and audience are checked each time.
    """
    decoded = jwt.decode(token, trusted, algorithms=ALGORITHMS)
    return decoded.header.get("kid"), decoded.claims


def actor_from(claims: dict[str, Any], audience: str) -> Actor:
    """The actor behind verified claims.

    Only the gateway may speak for people; a service's rights come from SERVICE_RIGHTS, never from
    its own token.
    """
    issuer, subject = str(claims["iss"]), str(claims["sub"])
    if issuer == "gateway" and subject.startswith("user:"):
        permissions = frozenset(str(p) for p in claims.get("permissions", []))
    elif subject == f"service:{issuer}":
        permissions = SERVICE_RIGHTS.get(issuer, {}).get(audience, frozenset())
    else:
        raise NotSignedIn(cause="SubjectNotAllowed")
    try:
        company = UUID(str(claims["company_id"]))
    except (KeyError, ValueError) as fault:
        raise NotSignedIn(cause="CompanyMissing") from fault
    act: dict[str, Any] = claims.get("act") or {}
    return Actor(
        subject=subject,
        name=str(claims.get("name", subject)),
        company_id=company,
        permissions=permissions,
        acting=str(act.get("sub", "")),
        initiated_by=str(claims.get("initiated_by", "")),
        delegations=lent(claims) if issuer == "gateway" else (),
        claims=claims,
    )


def lent(claims: dict[str, Any]) -> tuple[Delegation, ...]:
    """The delegations of the token that are in force at this moment."""
    now = utc_now()
    read = (Delegation.read(claim) for claim in claims.get("delegations", ()))
    return tuple(one for one in read if one.starts_at <= now < one.ends_at)


def authenticate(request: Request) -> Actor:
    """The request's actor, verified once per request against this service's trust bundle."""
    known = getattr(request.state, "actor", None)
    if isinstance(known, Actor):
        return known
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn(cause="TokenMissing")
    audience: str = request.app.state.settings.context
    actor = actor_from(read_token(token, audience, request.app.state.trusted), audience)
    request.state.actor = actor
    return actor


def needs(permission: str, *, delegable: bool = False) -> Any:
    """A route dependency: the caller must hold `permission`. `create_service` reads it back.

    `own.x.y` stands for this service's `<context>.x.y`, for the routes that every service has.
    `delegable`: a lent right opens the door, too; the approval then decides how far it reaches.
    """

    async def check(request: Request, _token: Annotated[Any, Depends(bearer)]) -> None:
        context: str = request.app.state.settings.context
        actor, needed = authenticate(request), spelt_out(permission, context)
        if not (delegable and actor.stands_in(needed)):
            actor.require(needed)

    check.permission = permission  # type: ignore[attr-defined]
    return Depends(check)


def permission_of(call: Callable[..., Any], context: str) -> str | None:
    """The permission that a dependency made by `needs` checks in this context."""
    permission: str | None = getattr(call, "permission", None)
    return None if permission is None else spelt_out(permission, context)


def spelt_out(permission: str, context: str) -> str:
    return f"{context}.{permission.removeprefix(OWN)}" if permission.startswith(OWN) else permission


async def current_actor(request: Request) -> Actor:
    """`authenticate` as a dependency; a plain function would cost a hop to a thread."""
    return authenticate(request)


CurrentActor = Annotated[Actor, Depends(current_actor)]
