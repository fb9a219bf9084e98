"""Calls between services: own short token, trace carried on, faults retried."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from opentelemetry.sdk.trace import TracerProvider
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from shared.auth import mint
from shared.settings import ServiceSettings
from shared.tracing import current_traceparent

TIMEOUT_SECONDS = 10.0
TOKEN_SECONDS = 300
TOKEN_MARGIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: accepted (2xx), or a problem; no connection counts as a 503 problem."""

    status: int
    body: Any = None
    problem: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004


class Peers:
    """The other services, by context, called in this service's own name."""

    def __init__(self, settings: ServiceSettings, provider: TracerProvider | None = None) -> None:
        self.context = settings.context
        self.urls = settings.peer_urls()
        self.key = settings.key()
        self.provider = provider
        self.http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
        self.tokens: dict[tuple[str, UUID, str], tuple[str, float]] = {}

    async def close(self) -> None:
        await self.http.aclose()

    async def send(
        self,
        service: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        company_id: UUID,
        initiated_by: str = "",
    ) -> Reply:
        """One idempotent call. Never raises for the other side's faults: they are replies."""
        if service not in self.urls:
            nowhere = {"type": "/problems/service-unreachable", "service": service}
            return Reply(503, problem={**nowhere, "fault": "NoAddress"})
        headers = {
            "authorization": f"Bearer {self.token(service, company_id, initiated_by)}",
            "traceparent": current_traceparent(),
        }
        try:
            response = await self.request(method, self.urls[service] + path, body, headers)
        except httpx.TransportError as fault:
            name = type(fault).__name__
            problem = {"type": "/problems/service-unreachable", "service": service, "fault": name}
            return Reply(503, problem=problem)
        return reply_of(response)

    @retry(
        retry=retry_if_exception_type(httpx.ConnectError),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.05, max=0.5),
        reraise=True,
    )
    async def request(
        self, method: str, url: str, body: Mapping[str, Any] | None, headers: dict[str, str]
    ) -> httpx.Response:
        return await self.http.request(method, url, json=body, headers=headers)

    def token(self, service: str, company_id: UUID, initiated_by: str) -> str:
        """A token for `service`, minted anew a minute before the last one ends."""
        name = (service, company_id, initiated_by)
        known = self.tokens.get(name)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        token = mint(
            self.key,
            issuer=self.context,
            subject=f"service:{self.context}",
            audience=service,
            company_id=company_id,
            initiated_by=initiated_by or None,
            ttl=TOKEN_SECONDS,
        )
        self.tokens[name] = (token, time.monotonic() + TOKEN_SECONDS - TOKEN_MARGIN_SECONDS)
        return token


def reply_of(response: httpx.Response) -> Reply:
    """The answer with its JSON body; a refusal without a problem body still names its status."""
    try:
        body = response.json() if response.content else None
    except ValueError:
        body = None
    if response.is_success:
        return Reply(response.status_code, body)
    problem: dict[str, Any] = body if isinstance(body, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    return Reply(
        response.status_code, problem={"type": f"/problems/{response.status_code}", **problem}
    )
