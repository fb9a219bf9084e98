"""What is refused of a sign-in at the identity provider, and what an identity token must say."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError

from shared.i18n import Bilingual
from shared.problems import Conflict, Forbidden, NotFound, Unauthenticated, Unavailable

START_AGAIN = Bilingual("Begin the sign-in again", "请重新开始登录")
ADMIN = Bilingual(
    "The administrator can link your account to this name of the identity provider",
    "由系统管理员将您的账号与身份提供方的该名称关联",
)
SIGN_IN_TIME: Final = timedelta(minutes=10)
LEEWAY_SECONDS: Final = 30
# Signatures that only the provider can make: neither "none" nor HMAC with a secret we know, too.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
USERNAME = re.compile(r"[^a-z0-9._-]+")


class NoProvider(NotFound):
    title = Bilingual("No identity provider is set here", "未配置身份提供方")


class ProviderAway(Unavailable):
    title = Bilingual("The identity provider is not answering", "身份提供方暂时没有响应")
    lifted_by = Bilingual(
        "Try again in a moment, or sign in with the password", "请稍后重试，或使用密码登录"
    )


class SignInSpent(Unauthenticated):
    title = Bilingual(
        "This sign-in was not begun here, is over or was used", "登录请求无效、已过期或已使用"
    )
    lifted_by = START_AGAIN


class SignInDenied(Unauthenticated):
    title = Bilingual("The identity provider did not let the person in", "身份提供方拒绝了登录")
    lifted_by = START_AGAIN


class IdentityDoubtful(Unauthenticated):
    title = Bilingual("The identity token is not believed", "身份令牌不可信")
    lifted_by = START_AGAIN


class NotAuthenticatedAnew(Forbidden):
    title = Bilingual(
        "The identity provider did not authenticate the person anew", "身份提供方未重新验证本人"
    )
    lifted_by = Bilingual(
        "Begin the signature again and enter your password at the identity provider",
        "请重新开始签名，并在身份提供方重新输入密码",
    )


class SignerDiffers(Forbidden):
    title = Bilingual(
        "Somebody else authenticated than who wants to sign", "重新验证的人与签名人不一致"
    )
    lifted_by = Bilingual(
        "Sign in at the identity provider as yourself", "请以本人身份在身份提供方登录"
    )


class AccountNotLinked(Forbidden):
    title = Bilingual("No account is linked to this person", "没有与此人员关联的账号")
    lifted_by = ADMIN


class AlreadyLinked(Conflict):
    title = Bilingual("This name is linked to another account", "该名称已关联其他账号")
    lifted_by = Bilingual("Unlink the other account first", "请先解除另一账号的关联")


def challenge_of(verifier: str) -> str:
    """PKCE, method S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_claims(claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str) -> None:
    """Refuse a token that is not the provider's, not for us, not now, or not of this sign-in."""
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        registry.validate(dict(claims))
    except (JoseError, ValueError) as fault:
        raise IdentityDoubtful(cause=str(fault)[:100]) from fault
    several = isinstance(claims["aud"], list) and claims["aud"] != [client_id]
    if several and claims.get("azp") != client_id:
        raise IdentityDoubtful(cause="azp")


def bound_nonce(secret: str, wish: Mapping[str, Any] | None) -> str:
    """The nonce of a sign-in; of a signature it also stands for who signs what, and how."""
    if wish is None:
        return secret
    canonical = json.dumps(wish, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(f"{secret}.{canonical}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_fresh(claims: Mapping[str, Any], begun_at: datetime, now: datetime) -> None:
    """Refuse an authentication that is older than the wish to sign, or that has no time.

    A provider that ignores `prompt=login` answers with the time of its own session. Clocks may
    differ by the leeway.
    """
    at = claims.get("auth_time")
    if not isinstance(at, int) or isinstance(at, bool):
        raise NotAuthenticatedAnew(cause="no auth_time")
    earliest, latest = begun_at.timestamp() - LEEWAY_SECONDS, now.timestamp() + LEEWAY_SECONDS
    if not earliest <= at <= latest:
        raise NotAuthenticatedAnew(auth_time=at, signing_since=int(begun_at.timestamp()))


def local_path(asked: str) -> str:
    """Where the browser goes afterwards: a path of this site, never another site."""
    plain = asked.startswith("/") and not asked.startswith(("//", "/\\"))
    return asked if plain and asked.isprintable() and "\\" not in asked else "/"


def username_for(name: str) -> str:
    """A user name of the house's pattern for a person who gets an account by themselves."""
    plain = USERNAME.sub("-", name.partition("@")[0].lower()).strip("-._")[:28]
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain}-{mark}" if plain[:1].isalpha() else f"u-{plain}-{mark}"
