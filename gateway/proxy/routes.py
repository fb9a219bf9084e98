"""Everything under `/api/<context>/`: carried to the service in the person's name."""

import os

from fastapi import APIRouter, Request, Response
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from gateway.proxy.rules import TooManyRequests
from shared.auth import authenticate, needs

REQUESTS_MAX = int(os.environ.get("MAILUO_RATE_LIMIT", "2000"))
WINDOW_SECONDS = 10
LIMIT = RateLimitItemPerSecond(REQUESTS_MAX, WINDOW_SECONDS)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
router = APIRouter()


class RateLimiter:
    """So many requests per person and ten seconds; in memory, per replica."""

    def __init__(self) -> None:
        self.window = MovingWindowRateLimiter(MemoryStorage())

    async def check(self, subject: str) -> None:
        if not await self.window.hit(LIMIT, subject):
            raise TooManyRequests(requests_max=REQUESTS_MAX, seconds=WINDOW_SECONDS)


@router.api_route(
    "/api/{context}/{path:path}",
    methods=METHODS,
    include_in_schema=False,
    dependencies=[needs("gateway.self.read")],
)
async def carry(request: Request, context: str, path: str) -> Response:
    """One request to one service."""
    actor = authenticate(request)
    await request.app.state.limiter.check(actor.subject)
    response: Response = await request.app.state.forwarder.forward(request, actor, context, path)
    return response
