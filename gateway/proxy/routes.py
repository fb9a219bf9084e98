"""Everything under `/api/<context>/`: carried to the service in the person's name."""

import os
import time
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.proxy.rules import Pace, TooManyRequests
from shared.answers import render
from shared.auth import authenticate, needs
from shared.problems import Problem

REQUESTS_MAX: Final = int(os.environ.get("MAILUO_RATE_LIMIT", "2000"))
WINDOW_SECONDS: Final = 10
PEOPLE_MAX: Final = 10_000  # remembered
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PREFIX: Final = "/api/"
RIGHT: Final = "gateway.self.read"
router = APIRouter()


@router.api_route(
    "/api/{context}/{path:path}",
    methods=list(METHODS),
    include_in_schema=False,
    dependencies=[needs(RIGHT)],
)
async def carry(request: Request, context: str, path: str) -> Response:
    """One request to one service; `path` is the rest of the address."""
    actor = authenticate(request)
    request.app.state.pace.check(actor.subject)
    response: Response = await request.app.state.forwarder.forward(request, actor, context, path)
    return response


class Carried:
    """The route above as one thing known beforehand, whatever it is named in the figures."""

    path: Final = "/api/{context}/{path:path}"


class ShortWay:
    """ASGI middleware: what is for a service goes there at once, past the gateway's own routes.

    Most requests are. Matching, dependencies and the making of an answer would cost more than the
    carrying itself; the same checks are made here: who it is, what they may, how often they come.
    """

    def __init__(self, app: ASGIApp, service: FastAPI) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (way := self.way_of(scope)) is None:
            await self.app(scope, receive, send)
            return
        scope["app"], scope["route"] = self.service, Carried
        request = Request(scope, receive)
        try:
            authenticate(request).require(RIGHT)
            answer = await carry(request, *way)
        except Problem as problem:
            answer = render(request, problem)
        await answer(scope, receive, send)

    def way_of(self, scope: Scope) -> tuple[str, str] | None:
        """The service and the rest of the address, as written; None for the gateway's own."""
        if not scope["path"].startswith(PREFIX) or scope["method"] not in METHODS:
            return None
        written: str = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        context, slash, path = written.removeprefix(PREFIX).partition("/")
        known = slash and context in self.service.state.forwarder.urls
        return (context, path) if known else None


class Paces:
    """So many requests per person and ten seconds; in memory, per replica."""

    def __init__(self) -> None:
        self.of: dict[str, Pace] = {}

    def check(self, subject: str) -> None:
        """Count one more request. Raises TooManyRequests."""
        pace = self.of.get(subject, Pace()).counted(time.monotonic(), WINDOW_SECONDS)
        if pace.in_window > REQUESTS_MAX:
            raise TooManyRequests(requests_max=REQUESTS_MAX, seconds=WINDOW_SECONDS)
        if len(self.of) >= PEOPLE_MAX:
            self.of.clear()
        self.of[subject] = pace
