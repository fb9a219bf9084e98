"""Carries one request to a service and its answer back."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp
from fastapi import Request, Response
from yarl import URL

from gateway.identity.roles.rules import DELEGABLE
from gateway.identity.sessions.rules import SERVICE_SECONDS
from gateway.proxy.rules import (
    BodyTooLarge,
    Circuit,
    NoSuchContext,
    ServiceAway,
    ServiceSlow,
    carried,
    limit_of,
    may_repeat,
)
from shared.actor import Actor
from shared.auth import mint
from shared.settings import ServiceSettings
from shared.tracing import current_traceparent

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 60.0
TRIES = 3
PAUSE_SECONDS = 0.1
TOKEN_MARGIN_SECONDS = 60
TOKENS_MAX = 10_000
CONNECTIONS_MAX = 200
LENDING = frozenset(pattern.partition(".")[0] for pattern in DELEGABLE)
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Answered:
    """What a service answered, as it came."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def json(self) -> Any:
        """The body's content."""
        return json.loads(self.body)


class Forwarder:
    """The gateway's connections to the services, with one circuit each.

    Every request of every person passes here twice, hence a client whose parsing is compiled.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self.key = settings.key()
        urls = settings.peer_urls()
        self.urls = {name: url.split(",") for name, url in urls.items() if name != "gateway"}
        self.circuits: dict[str, Circuit] = {}
        self.turn = count()
        self.tokens: dict[tuple[object, ...], tuple[str, float]] = {}
        self.opened: aiohttp.ClientSession | None = None

    @property
    def http(self) -> aiohttp.ClientSession:
        """The connections; made in the loop that uses them. Bodies stay as they come."""
        if self.opened is None:
            self.opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=30),
                timeout=aiohttp.ClientTimeout(ANSWER_SECONDS, sock_connect=CONNECT_SECONDS),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
            )
        return self.opened

    async def close(self) -> None:
        if self.opened is not None:
            await self.opened.close()

    async def forward(self, request: Request, actor: Actor, context: str, path: str) -> Response:
        """The service's answer, problem or not; raises when the service cannot be had.

        `path` as the caller wrote it, percent-encoded, without the leading slash.
        """
        body = await body_of(request)
        headers = [
            *carried(request.headers.raw),
            (b"authorization", f"Bearer {self.token(actor, context)}".encode()),
            (b"traceparent", current_traceparent().encode()),
        ]
        query = request.url.query
        target = f"/{path}" + (f"?{query}" if query else "")
        answer = await self.send(context, request.method, target, headers, body)
        response = Response(answer.body, answer.status)
        length = (b"content-length", str(len(answer.body)).encode())
        response.raw_headers = [*carried(answer.headers), length]
        return response

    async def ask(
        self, actor: Actor, context: str, path: str, language: str = "", body: Any = None
    ) -> Answered:
        """A view's question to a service, in the person's name; with a body it is posted."""
        headers = [
            (b"authorization", f"Bearer {self.token(actor, context)}".encode()),
            (b"traceparent", current_traceparent().encode()),
            (b"accept-language", language.encode()),
        ]
        if body is None:
            return await self.send(context, "GET", path, headers, b"")
        headers.append((b"content-type", b"application/json"))
        return await self.send(context, "POST", path, headers, json.dumps(body).encode())

    async def send(
        self,
        context: str,
        method: str,
        target: str,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
    ) -> Answered:
        """Try, and try again where repeating is harmless; open the circuit when nobody answers."""
        if context not in self.urls:
            raise NoSuchContext(context=context, known=sorted(self.urls))
        if not self.circuit(context).lets_through(time.monotonic()):
            raise ServiceAway(service=context, retry_after=2)
        keyed = any(name.lower() == b"idempotency-key" for name, _ in headers)
        left = TRIES if may_repeat(method, keyed=keyed) else 1
        while True:
            left -= 1
            try:
                answer = await self.once(method, self.base(context) + target, headers, body)
            except aiohttp.ClientConnectorError as fault:
                self.circuits[context] = self.circuit(context).failed(time.monotonic())
                cause: Exception = fault
            except TimeoutError as fault:
                raise ServiceSlow(service=context, seconds=ANSWER_SECONDS) from fault
            except (aiohttp.ClientError, OSError) as fault:
                cause = fault
            else:
                self.circuits[context] = self.circuit(context).answered()
                return answer
            if left <= 0:
                raise ServiceAway(service=context, retry_after=2) from cause
            await asyncio.sleep(PAUSE_SECONDS)

    async def once(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Answered:
        """One try. Raises what aiohttp says of the connection; TimeoutError when it takes long."""
        told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        asking = self.http.request(
            method, URL(url, encoded=True), headers=told, data=body or None, allow_redirects=False
        )
        async with asking as answer:
            return Answered(answer.status, answer.raw_headers, await answer.read())

    def circuit(self, context: str) -> Circuit:
        return self.circuits.get(context, Circuit())

    def base(self, context: str) -> str:
        """The next of the context's replicas, in turn."""
        urls = self.urls[context]
        return urls[next(self.turn) % len(urls)].rstrip("/")

    def token(self, actor: Actor, context: str) -> str:
        """A token of five minutes for one service, with just that context's permissions."""
        permissions = frozenset(p for p in actor.permissions if p.startswith(f"{context}."))
        lent = actor.delegations if context in LENDING else ()
        name = (actor.subject, actor.company_id, context, permissions, lent)
        known = self.tokens.get(name)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        if len(self.tokens) >= TOKENS_MAX:
            self.tokens.clear()
        token = mint(
            self.key,
            issuer="gateway",
            subject=actor.subject,
            audience=context,
            company_id=actor.company_id,
            name=actor.name,
            permissions=sorted(permissions),
            act="gateway",
            ttl=SERVICE_SECONDS,
            extra={"delegations": [one.claim(context) for one in lent]} if lent else None,
        )
        self.tokens[name] = (token, time.monotonic() + SERVICE_SECONDS - TOKEN_MARGIN_SECONDS)
        return token


async def body_of(request: Request) -> bytes:
    """The request's body, read no further than its limit."""
    limit = limit_of(request.headers.get("content-type", ""))
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(bytes_max=limit)
        chunks.append(chunk)
    return b"".join(chunks)
