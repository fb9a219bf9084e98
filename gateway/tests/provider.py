"""The outside world's stand-in: an identity provider that can be made to misbehave."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from deploy.local.ports import free_port

CLIENT, SECRET = "mailuo", "not-a-secret"
LEFT_OUT: Any = object()


class StandIn:
    """An authorization server for one client, who signs in whoever `person` is."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.person = "ada"
        self.claims: dict[str, Any] = {}  # what the next tokens say otherwise
        self.unsigned = False
        self.codes: dict[str, dict[str, str]] = {}
        self.asked_keys = 0
        self.key = self.signer = self.rotate()
        self.app = self.make_app()

    def rotate(self) -> RSAKey:
        self.key = self.signer = RSAKey.generate_key(2048, {"kid": str(uuid4()), "use": "sig"})
        return self.key

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": self.person, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "name": "Ada 艾达",
        }  # fmt: skip
        if asked.get("max_age") is not None:
            claims["auth_time"] = now if asked.get("prompt") == "login" else now - 3600
        claims |= self.claims
        claims = {name: value for name, value in claims.items() if value is not LEFT_OUT}
        if self.unsigned:
            from json import dumps

            parts = ({"alg": "none", "kid": self.key.kid}, claims)
            body = [base64.urlsafe_b64encode(dumps(p).encode()).rstrip(b"=") for p in parts]
            return b".".join([*body, b""]).decode()
        return jwt.encode({"alg": "RS256", "kid": self.signer.kid}, claims, self.signer)

    def make_app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def discovery() -> dict[str, str]:
            names = {"authorization": "authorize", "token": "token", "end_session": "logout"}
            ends = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in names.items()}
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **ends}

        @app.get("/keys")
        async def keys() -> dict[str, Any]:
            self.asked_keys += 1
            return dict(KeySet([self.key]).as_dict(private=False))

        @app.get("/authorize")
        async def authorize(request: Request) -> RedirectResponse:
            asked, code = dict(request.query_params), str(uuid4())
            assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
            self.codes[code] = asked
            back = f"{asked['redirect_uri']}?code={code}&state={asked['state']}"
            return RedirectResponse(back, status_code=302)

        @app.post("/token")
        async def token(
            request: Request, code: str = Form(), code_verifier: str = Form()
        ) -> JSONResponse:
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            asked = self.codes.pop(code, None)  # a code works once
            digest = hashlib.sha256(code_verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            known = asked is not None and asked["code_challenge"] == challenge
            if not known or request.headers.get("authorization") != f"Basic {basic}":
                return JSONResponse({"error": "invalid_grant"}, 400)
            assert asked is not None
            return JSONResponse({"id_token": self.id_token(asked), "access_token": "x"})

        return app


@asynccontextmanager
async def identity_provider() -> AsyncIterator[StandIn]:
    port = free_port()
    stand_in = StandIn(port)
    server = uvicorn.Server(uvicorn.Config(stand_in.app, port=port, log_level="error"))
    server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    try:
        yield stand_in
    finally:
        server.should_exit = True
        await task
