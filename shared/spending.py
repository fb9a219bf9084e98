"""How many statements each piece of work sends: counted as they go, shown at /metrics.

Round trips decide how fast a command is, and their number is the same on every machine: tests hold
each command and each reaction to a budget by these counts.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import AsyncSession

_sent: ContextVar[list[str] | None] = ContextVar("sent", default=None)
_by_engine: WeakKeyDictionary[Engine, "Spendings"] = WeakKeyDictionary()


class Spendings:
    """What each kind of work sent through one engine when it sent most."""

    def __init__(self) -> None:
        self.most: dict[str, tuple[str, ...]] = {}
        self.total: Counter[str] = Counter()  # statements so far, by kind of work

    def note(self, work: str, sent: list[str]) -> None:
        """Keep the statements when they are more than ever before."""
        self.total[work] += len(sent)
        if len(sent) > len(self.most.get(work, ())):
            self.most[work] = tuple(sent)


def count_statements(engine: AsyncEngine) -> None:
    """Let the engine note what it sends; BEGIN and COMMIT are not statements."""
    _by_engine[engine.sync_engine] = Spendings()
    event.listen(engine.sync_engine, "before_cursor_execute", _note)


def _note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    sent = _sent.get()
    if sent is not None:
        sent.append(statement)


def spendings_of(engine: AsyncEngine) -> Spendings:
    """The counts of an engine; empty ones when nobody asked it to count."""
    return _by_engine.get(engine.sync_engine) or Spendings()


@contextmanager
def spending(session: AsyncSession, work: str) -> Iterator[None]:
    """Count what is sent inside as one piece of this kind of work; failed work counts as well."""
    engine = session.get_bind()
    counts = _by_engine.get(engine) if isinstance(engine, Engine) else None
    if counts is None:
        yield
        return
    sent: list[str] = []
    token = _sent.set(sent)
    try:
        yield
    finally:
        _sent.reset(token)
        counts.note(work, sent)
