"""A view asks every service its part; a part that cannot be had is named, the rest stands."""

import asyncio
from collections.abc import Iterable
from typing import Any

from fastapi import Request

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
