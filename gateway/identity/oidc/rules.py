"""What is refused of a sign-in at the identity provider, and what an identity token must say."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
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


def local_path(asked: str) -> str:
    """Where the browser goes afterwards: a path of this site, never another site."""
    plain = asked.startswith("/") and not asked.startswith(("//", "/\\"))
    return asked if plain and asked.isprintable() and "\\" not in asked else "/"


def username_for(name: str) -> str:
    """A user name of the house's pattern for a person who gets an account by themselves."""
    plain = USERNAME.sub("-", name.partition("@")[0].lower()).strip("-._")[:28]
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain}-{mark}" if plain[:1].isalpha() else f"u-{plain}-{mark}"
