"""The list form of every command (decision 15): all or nothing, or a result per row."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Query

from shared.contracts.base import ActItem, ActResult, ActResults
from shared.i18n import Bilingual
from shared.lifecycle import expect_version
from shared.problems import Problem, Refused

Partial = Annotated[
    bool, Query(description="1: a result per row; else all or nothing", alias="partial")
]
Judging = Callable[[UUID], AbstractContextManager[None]]


class TwiceInOneList(Refused):
    title = Bilingual("A document stands in the list more than once", "清单中有重复的单据")


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


class Seen(Protocol):
    """A document that a list names, at the version that was seen."""

    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


class Batch:
    """The documents of a list while one command judges them all, before it writes any.

    A refusal inside `judging` ends the whole list and names its document; with `partial` it stays
    with the document, and the others go on. What is judged must not be changed before its last
    refusal: nothing is rolled back for one document alone.
    """

    def __init__(self, items: Sequence[Seen], *, partial: bool = False) -> None:
        self.seen = {item.id: item.version for item in items}
        self.partial = partial
        self.refused: dict[UUID, Problem] = {}
        if len(self.seen) != len(items):
            raise TwiceInOneList(given=len(items))

    @classmethod
    def of_one(cls, id: UUID, version: int) -> "Batch":
        return cls((ActItem(id=id, version=version),))

    @contextmanager
    def judging(self, id: UUID) -> Iterator[None]:
        """What is refused inside is said of this document."""
        try:
            with naming(id):
                yield
        except Problem as problem:
            if not self.partial:
                raise
            self.refused[id] = problem

    def expect(
        self, versions: Mapping[UUID, int], unknown: Callable[[list[UUID]], Problem]
    ) -> None:
        """Each is known and stands at the version that was seen; `unknown` makes the refusal."""
        missing = sorted(self.seen.keys() - versions.keys())
        if missing and not self.partial:
            raise unknown(missing)
        for id in missing:
            with self.judging(id):
                raise unknown([id])
        for id in self.left():
            with self.judging(id):
                expect_version(self.seen[id], versions[id])

    def left(self) -> list[UUID]:
        """Those that nothing stands against so far, in the order in which they were given."""
        return [id for id in self.seen if id not in self.refused]

    def stands(self, id: UUID) -> bool:
        return id not in self.refused

    def results(self, documents: Iterable[Acted]) -> ActResults:
        """The answer of the list: what was done, and with `partial` what was refused and why."""
        done = {one.id: one for one in documents}
        return ActResults(items=tuple(self.result(id, done.get(id)) for id in self.seen))

    def result(self, id: UUID, done: Acted | None) -> ActResult:
        if done is None:
            return ActResult(id=id, ok=False, problem=self.refused[id].details())
        return ActResult(id=id, ok=True, state=done.state, version=done.version)


def all_done(documents: Iterable[Acted]) -> ActResults:
    """The answer of a list that one command carried out whole."""
    return ActResults(
        items=tuple(
            ActResult(id=one.id, ok=True, state=one.state, version=one.version) for one in documents
        )
    )
