"""A view asks every service its part; a part that cannot be had is named, the rest stands."""

import asyncio
from collections.abc import Iterable
from typing import Any

from fastapi import Request

from gateway.proxy.rules import ServiceAway
from shared.actor import Actor
from shared.contracts.base import Contract
from shared.problems import Problem

OK, NOT_FOUND, FORBIDDEN = 200, 404, 403


class Missing(Contract):
    """A part of a view that could not be had, and why."""

    service: str
    problem: str


async def ask_all(
    request: Request, actor: Actor, contexts: Iterable[str], path: str
) -> tuple[dict[str, Any], list[Missing]]:
    """Each service's answer by context, asked side by side; what is missing beside them.

    A service that has no such page, or shows this person nothing, simply has no part.
    """
    language = request.headers.get("accept-language", "")
    parts: dict[str, Any] = {}
    missing: list[Missing] = []

    async def ask(context: str) -> None:
        try:
            answer = await request.app.state.forwarder.ask(actor, context, path, language)
        except Problem as problem:
            missing.append(Missing(service=context, problem=problem.type()))
            return
        if answer.status == OK:
            parts[context] = answer.json()
        elif answer.status not in (NOT_FOUND, FORBIDDEN):
            missing.append(Missing(service=context, problem=f"/problems/{answer.status}"))

    await asyncio.gather(*(ask(context) for context in contexts))
    return parts, sorted(missing, key=lambda part: part.service)


async def ask_one(request: Request, actor: Actor, context: str, path: str) -> Any | None:
    """One service's answer, none where it has no such page. Raises ServiceAway.

    For a part without which the view would say something wrong.
    """
    language = request.headers.get("accept-language", "")
    answer = await request.app.state.forwarder.ask(actor, context, path, language)
    if answer.status == NOT_FOUND:
        return None
    if answer.status != OK:
        raise ServiceAway(service=context, retry_after=2)
    return answer.json()


async def ask_part(
    request: Request, actor: Actor, context: str, path: str, body: dict[str, Any]
) -> tuple[Any, list[Missing]]:
    """One service's answer to a question with a body, or none and what stood in its way."""
    language = request.headers.get("accept-language", "")
    try:
        answer = await request.app.state.forwarder.ask(actor, context, path, language, body)
    except Problem as problem:
        return None, [Missing(service=context, problem=problem.type())]
    if answer.status == OK:
        return answer.json(), []
    told = any(value.startswith(b"application/problem+json") for _, value in answer.headers)
    kind = answer.json()["type"] if told else f"/problems/{answer.status}"
    return None, [Missing(service=context, problem=kind)]
