"""What stands around every request: its trace, its count, its log line, its bare 500."""

import json
import time
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.tracing import continued, current_traceparent

log = structlog.get_logger("http")


class Observed:
    """Continues the caller's trace, counts and times the request, logs it with its actor."""

    def __init__(self, app: ASGIApp, service: FastAPI) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name: value for name, value in scope["headers"] if name == b"traceparent"}
        with continued(headers.get(b"traceparent", b"").decode("ascii", "ignore")):
            await self.observe(scope, receive, send)

    async def observe(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 500
        started = False

        async def noting(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            log.exception("bug", path=scope["path"], trace=current_traceparent())
            if started:
                raise
            await send_bare_500(send)
        finally:
            self.note(scope, status, time.perf_counter() - began)

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path: str = getattr(route, "path", "unmatched")
        self.service.state.metrics.request(scope["method"], path, status, seconds)
        actor: Any = scope.get("state", {}).get("actor")
        log.info(
            "request",
            service=self.service.state.settings.context,
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
            actor=getattr(actor, "subject", ""),
            acting=getattr(actor, "acting", ""),
            trace=current_traceparent(),
        )


async def send_bare_500(send: Send) -> None:
    """A bug says nothing but where to look: the trace id."""
    body = {
        "type": "/problems/bug",
        "title": "A fault in the system / 系统故障",
        "status": 500,
        "trace_id": current_traceparent().split("-")[1],
    }
    headers = [(b"content-type", b"application/problem+json")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
