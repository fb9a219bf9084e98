"""The answer belongs to the transaction: begin, handle, store the answer, commit, only then answer.

A FastAPI dependency with `yield` commits after the response is made and never sees it, so neither
an idempotent answer nor a failed commit could be honoured there (decision 10).
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine
from datetime import date, datetime
from email.message import Message
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers

from shared.auth import Actor, authenticate
from shared.clock import Clock
from shared.database import AsyncSession, is_deadlock, problem_of
from shared.i18n import Bilingual
from shared.outbox import StoredAnswer, Teller, flush_events
from shared.problems import Conflict, Malformed, Refused
from shared.spending import spending
from shared.tracing import current_traceparent

KEY_WAIT_SECONDS = 2.0
KEY_POLL_SECONDS = 0.05
KEY_LENGTH_MAX = 200
DEADLOCK_TRIES = 4
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

BEGIN = text(
    "SELECT claimed, same_request, status, headers, answer FROM begin_command("
    ":actor, CAST(:company AS uuid), :trace, :reason, :key, :request_hash)"
)


class KeyInUse(Conflict):
    title = Bilingual(
        "The first request with this Idempotency-Key is still running",
        "使用此幂等键的首个请求仍在执行",
    )
    lifted_by = Bilingual("Wait and send it again with the same key", "稍候用同一个键重新提交")


class KeyReused(Refused):
    title = Bilingual(
        "This Idempotency-Key belongs to a request with another content",
        "此幂等键已用于内容不同的请求",
    )
    lifted_by = Bilingual("Use a new key for a new request", "新的请求请使用新的键")


class KeyMalformed(Malformed):
    title = Bilingual(
        "An Idempotency-Key has 1 to 200 printable characters", "幂等键须为 1 至 200 个可打印字符"
    )


class TransactionRoute(APIRoute):
    """A route whose whole work is one transaction, committed before the answer leaves."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        run = answer_question if (self.methods or set()) <= {"GET", "HEAD"} else answer_command

        async def answer(request: Request) -> Response:
            return await run(request, handle)

        return answer


async def answer_question(request: Request, handle: Handler) -> Response:
    """Reads see one snapshot per statement and leave nothing behind."""
    authenticate(request)
    async with AsyncSession(request.app.state.reader, expire_on_commit=False) as session:
        session.info["clock"] = request.app.state.clock
        request.state.session = session
        return await handle(request)


async def answer_command(request: Request, handle: Handler) -> Response:
    """Run a command to its commit; a deadlock's victim is run again, unseen by the caller."""
    actor = authenticate(request)
    key, request_hash = await claim_of(request, actor)
    for left in reversed(range(DEADLOCK_TRIES)):
        try:
            return await run_command(request, handle, actor, key, request_hash)
        except DBAPIError as fault:
            if is_deadlock(fault) and left:
                await asyncio.sleep(0.01 * (DEADLOCK_TRIES - left))
                continue
            if (problem := problem_of(fault)) is not None:
                raise problem from fault
            raise
    raise AssertionError("unreachable")


async def run_command(
    request: Request, handle: Handler, actor: Actor, key: str | None, request_hash: str
) -> Response:
    engine = request.app.state.engine
    work = f"{request.method} {request.scope['route'].path}"
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        session.info["clock"] = request.app.state.clock
        session.info["trusted"] = request.app.state.trusted
        with spending(session, work):
            replay = await begin(session, request, actor, key, request_hash)
            if replay is not None:
                return replay
            request.state.session = session
            response = await handle(request)
            if response.status_code >= 400:  # noqa: PLR2004 - an answered refusal changes nothing
                await session.rollback()
                return response
            position = await flush_events(session, stored(response, key, request_hash))
    if position is not None:
        response.headers["Mailuo-Position"] = f"{request.app.state.settings.context}:{position}"
    request.app.state.committed(session)
    return response


async def begin(
    session: AsyncSession, request: Request, actor: Actor, key: str | None, request_hash: str
) -> Response | None:
    """Say who acts and claim the key; the stored answer when the key has been answered."""
    trace = current_traceparent()
    session.info["teller"] = Teller(
        context=request.app.state.settings.context,
        actor=actor.subject,
        company_id=actor.company_id,
        traceparent=trace,
        initiated_by=actor.initiated_by,
    )
    claim = {
        "actor": actor.subject,
        "company": actor.company_id,
        "trace": trace,
        "reason": request.headers.get("mailuo-reason", "")[:500],
        "key": key,
        "request_hash": request_hash,
    }
    deadline = asyncio.get_running_loop().time() + KEY_WAIT_SECONDS
    while True:
        row = (await session.execute(BEGIN, claim)).one()
        if row.claimed:
            return None
        if row.status is not None:
            if not row.same_request:
                raise KeyReused
            return Response(
                bytes(row.answer), row.status, {**row.headers, "Idempotency-Hit": "true"}
            )
        if asyncio.get_running_loop().time() > deadline:
            raise KeyInUse(waited_seconds=KEY_WAIT_SECONDS)
        await asyncio.sleep(KEY_POLL_SECONDS)


async def claim_of(request: Request, actor: Actor) -> tuple[str | None, str]:
    """The key's scope (company, person, route, key) and the hash of what is asked."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return None, ""
    if not (0 < len(given) <= KEY_LENGTH_MAX and given.isprintable()):
        raise KeyMalformed(length=len(given))
    scope = json.dumps(
        [str(actor.company_id), actor.subject, request.method, request.url.path, given]
    )
    asked = hashlib.sha256(without_boundary(request.headers, await request.body()))
    asked.update(request.url.query.encode())
    asked.update(request.headers.get("if-match", "").encode())
    return hashlib.sha256(scope.encode()).hexdigest(), asked.hexdigest()


def without_boundary(headers: Headers, body: bytes) -> bytes:
    """What a form holds, less the boundary between its parts: clients draw one for each try."""
    kind = Message()
    kind["content-type"] = headers.get("content-type", "")
    boundary = kind.get_boundary() if kind.get_content_maintype() == "multipart" else None
    return body.replace(boundary.encode(), b"") if boundary else body


def stored(response: Response, key: str | None, request_hash: str) -> StoredAnswer | None:
    if key is None:
        return None
    headers = {"content-type": response.headers.get("content-type", "application/json")}
    return StoredAnswer(key, request_hash, response.status_code, headers, bytes(response.body))


async def request_session(request: Request) -> AsyncSession:
    """The request's session, opened by its route."""
    session: AsyncSession = request.state.session
    return session


def clock_of(session: AsyncSession) -> Clock:
    """The clock that this transaction goes by: the company's, never the machine's."""
    clock = session.info["clock"]
    assert isinstance(clock, Clock)
    return clock


def today(session: AsyncSession) -> date:
    """The business day of this transaction, to be passed into rules."""
    return clock_of(session).today()


def now(session: AsyncSession) -> datetime:
    """Business time of this transaction, aware, UTC."""
    return clock_of(session).now()


Session = Annotated[AsyncSession, Depends(request_session)]
