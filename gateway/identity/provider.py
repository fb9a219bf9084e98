"""The identity provider: what it publishes of itself, its keys, and its answer to a code."""

import time
from typing import Any

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.identity.oidc.rules import ALGORITHMS, IdentityDoubtful, ProviderAway, SignInDenied
from shared.settings import ServiceSettings

log = structlog.get_logger("oidc")
SECONDS = 5.0
KEPT_SECONDS = 3600.0
AGAIN_SECONDS = 5.0  # unknown key ids make us ask for the keys no more often than this
RETRY_AFTER_SECONDS = 10
BAD_REQUEST, SERVER_ERROR = 400, 500


class Provider:
    """One provider, by the settings of the environment; remembers what it publishes for an hour."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.issuer = settings.oidc_issuer
        self.http = httpx.AsyncClient(timeout=SECONDS)
        self.described: tuple[dict[str, Any], float] | None = None
        self.keys: tuple[KeySet, float] | None = None

    async def close(self) -> None:
        await self.http.aclose()

    async def endpoint(self, name: str) -> str | None:
        """An address from the provider's discovery document."""
        if self.described is None or time.monotonic() - self.described[1] > KEPT_SECONDS:
            url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self.ask("GET", url)
            if found.get("issuer") != self.issuer:
                log.error("the provider calls itself otherwise", issuer=found.get("issuer"))
                raise IdentityDoubtful(cause="issuer of the discovery document")
            self.described = found, time.monotonic()
        value: str | None = self.described[0].get(name)
        return value

    async def required(self, name: str) -> str:
        if (value := await self.endpoint(name)) is None:
            raise ProviderAway(missing=name, retry_after=RETRY_AFTER_SECONDS)
        return value

    async def redeem(self, code: str, verifier: str) -> str:
        """The identity token for a code, which works once."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.oidc_redirect_url,
            "code_verifier": verifier,
            "client_id": self.settings.oidc_client_id,
        }
        secret = self.settings.oidc_client_secret.get_secret_value()
        basic = httpx.BasicAuth(self.settings.oidc_client_id, secret) if secret else None
        url = await self.required("token_endpoint")
        answer = await self.ask("POST", url, data=form, auth=basic)
        if not isinstance(token := answer.get("id_token"), str):
            raise IdentityDoubtful(cause="no identity token")
        return token

    async def claims_of(self, token: str) -> dict[str, Any]:
        """What a token says that one of the provider's keys signed; keys may have changed."""
        keys = await self.key_set()
        try:
            return self.opened(token, keys)
        except (JoseError, ValueError, KeyError) as fault:
            newer = await self.key_set(AGAIN_SECONDS)
            if newer is keys:
                raise IdentityDoubtful(cause=type(fault).__name__) from fault
        try:
            return self.opened(token, newer)
        except (JoseError, ValueError, KeyError) as fault:
            raise IdentityDoubtful(cause=type(fault).__name__) from fault

    def opened(self, token: str, keys: KeySet) -> dict[str, Any]:
        return dict(jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)

    async def key_set(self, age_max: float = KEPT_SECONDS) -> KeySet:
        if self.keys is None or time.monotonic() - self.keys[1] > age_max:
            published = await self.ask("GET", await self.required("jwks_uri"))
            signing = [
                key
                for key in published.get("keys", [])
                if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
            ]
            try:
                self.keys = KeySet.import_key_set({"keys": signing}), time.monotonic()
            except (JoseError, ValueError) as fault:
                raise IdentityDoubtful(cause="keys of the provider") from fault
        return self.keys[0]

    async def ask(
        self,
        method: str,
        url: str,
        *,
        data: dict[str, str] | None = None,
        auth: httpx.Auth | None = None,
    ) -> dict[str, Any]:
        """One question to the provider. Raises ProviderAway, and SignInDenied for its refusals."""
        use_auth = auth if auth is not None else httpx.USE_CLIENT_DEFAULT
        try:
            answer = await self.http.request(method, url, data=data, auth=use_auth)
            if BAD_REQUEST <= answer.status_code < SERVER_ERROR:
                raise SignInDenied(status=answer.status_code)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as fault:
            log.warning("the identity provider is away", url=url, fault=type(fault).__name__)
            raise ProviderAway(retry_after=RETRY_AFTER_SECONDS) from fault
        return found
