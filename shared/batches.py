"""The list form of every command (decision 15): all or nothing, or a result per row."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Query

from shared.contracts.base import ActAll, ActResult, ActResults, Done
from shared.database import AsyncSession
from shared.i18n import Bilingual
from shared.outbox import teller
from shared.problems import Problem, Refused

Partial = Annotated[
    bool, Query(description="1: a result per row; else all or nothing", alias="partial")
]
One = Callable[[AsyncSession, UUID, int], Awaitable[Done]]


class TwiceInOneList(Refused):
    title = Bilingual("A document stands in the list more than once", "清单中有重复的单据")


async def act_on_all(
    session: AsyncSession, wish: ActAll, act: One, *, partial: bool = False
) -> ActResults:
    """Do one action to every document of a list, in id order so that lists cannot deadlock.

    A refusal ends the whole list and names the document; with `partial` it stays with its row.
    """
    if len({item.id for item in wish.items}) != len(wish.items):
        raise TwiceInOneList(given=len(wish.items))
    results: dict[UUID, ActResult] = {}
    for item in sorted(wish.items, key=lambda item: item.id):
        if partial:
            results[item.id] = await act_alone(session, item.id, item.version, act)
        else:
            with naming(item.id):
                done = await act(session, item.id, item.version)
            results[item.id] = ActResult(
                id=item.id, ok=True, state=done.state, version=done.version
            )
    return ActResults(items=tuple(results[item.id] for item in wish.items))


@contextmanager
def naming(id: UUID) -> Iterator[None]:
    """A refusal inside names the document of the list that it speaks about."""
    try:
        yield
    except Problem as problem:
        problem.members.setdefault("document_id", id)
        raise


class Acted(Protocol):
    """A document as a command leaves it."""

    id: UUID
    state: str
    version: int


def all_done(documents: Iterable[Acted]) -> ActResults:
    """The answer of a list that one command carried out whole."""
    return ActResults(
        items=tuple(
            ActResult(id=one.id, ok=True, state=one.state, version=one.version) for one in documents
        )
    )


async def act_alone(session: AsyncSession, id: UUID, version: int, act: One) -> ActResult:
    """One row of a partial list in its own savepoint; its events go with it when it is refused."""
    assert teller(session)
    told = len(session.info.get("events", []))
    try:
        async with session.begin_nested():
            done = await act(session, id, version)
    except Problem as problem:
        del session.info.get("events", [])[told:]
        return ActResult(id=id, ok=False, problem=problem.details())
    return ActResult(id=id, ok=True, state=done.state, version=done.version)
