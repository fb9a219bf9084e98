"""Probes and figures: live, ready (database, NATS, relay lag), metrics."""

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import text

from shared.spending import spendings_of

RELAY_LAG_MAX_SECONDS = 60.0


router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready", responses={503: {}})
async def ready(request: Request) -> JSONResponse:
    """Whether the service can do its work, with each part's own word."""
    state = request.app.state
    checks: dict[str, Any] = {"database": await database_answers(state)}
    runtime = getattr(state, "runtime", None)
    if runtime is not None and state.settings.background:
        checks |= await runtime.health(RELAY_LAG_MAX_SECONDS)
    good = all(check is True or check == "ok" for check in checks.values())
    body = {"status": "ready" if good else "not ready", "checks": checks, "at": time.time()}
    return JSONResponse(body, 200 if good else 503, None if good else {"retry-after": "2"})


async def database_answers(state: Any) -> str:
    try:
        async with state.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except OSError as fault:
        return type(fault).__name__
    except Exception as fault:  # noqa: BLE001 - a probe reports any fault, whatever it is
        return type(fault).__name__
    return "ok"


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> PlainTextResponse:
    """Prometheus text format."""
    runtime = getattr(request.app.state, "runtime", None)
    if runtime is not None and request.app.state.settings.background:
        await runtime.measure()
    state = request.app.state
    spent = spendings_of(state.engine)
    for work, total in spent.total.items():
        state.metrics.statements_sent.labels(state.settings.context, work).set(total)
    for work, sent in spent.most.items():
        state.metrics.statements.labels(state.settings.context, work).set(len(sent))
    return PlainTextResponse(
        request.app.state.metrics.text(), media_type="text/plain; version=0.0.4"
    )
