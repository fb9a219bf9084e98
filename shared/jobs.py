"""Work that the clock starts: one leader per database, by advisory lock."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from shared.clock import Clock
from shared.database import AsyncSession

Work = Callable[[AsyncSession, Clock], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A command run every so often, in its own transaction, by the one replica that leads."""

    name: str
    every: timedelta
    run: Work
