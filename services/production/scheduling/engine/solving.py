"""Making a list schedule better with CP-SAT, within limits; never worse than what it began from.

OR-tools is optional: `chosen_solver` says whether it can be had. The model keeps each centre in its
own time, so that nights and free days cost no variable; where orders pass from a centre to one that
works other hours, a day per operation translates between them, linearly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from services.production.scheduling.engine.bounds import least_lateness
from services.production.scheduling.engine.listing import list_schedule, moved_left
from services.production.scheduling.engine.shop import Schedule, Shop, objective
from shared.i18n import Bilingual

NO_SOLVER = Bilingual(
    "OR-tools is not installed: this is the list schedule, which nothing has made better",
    "未安装 OR-tools：本次结果为规则排程，未经优化",
)
BY_CLOCK = Bilingual(
    "The clock ended the search before its measured work was done: the same input may give another "
    "schedule next time",
    "搜索在完成既定工作量之前因时间到而停止：相同输入下次可能得到不同的排程",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the search may take; `work` is in CP-SAT's own units, the same on any machine."""

    seconds: float
    work: float
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A schedule with how good it is. `bound`: no schedule can be better.

    `ended_by`: optimal, work (its measure was full: repeatable), clock (it was not), no_solver.
    """

    schedule: Schedule
    engine: str  # list, cp_sat: whose schedule it is
    objective: int
    list_objective: int
    bound: int
    ended_by: str


class Search(Protocol):
    """What a running search tells, and how it is told to end."""

    def improved(self, objective: int) -> None: ...
    def bounded(self, bound: int) -> None: ...
    def begun(self, stop: Callable[[], None]) -> None: ...


class Quiet:
    """A search that nobody watches."""

    def improved(self, objective: int) -> None: ...

    def bounded(self, bound: int) -> None: ...

    def begun(self, stop: Callable[[], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What the solver came to: starts of its best schedule, or none, its bound, why it ended."""

    schedule: Schedule | None
    bound: int
    ended_by: str


Solver = Callable[[Shop, Schedule, int, Limits, Search], Found]


def chosen_solver() -> Solver | None:
    """CP-SAT where it is installed. It takes a third of a second to load: child processes only."""
    try:
        module: Any = import_module("services.production.scheduling.engine.cp_sat")
    except ImportError:
        return None
    solver: Solver = module.solve
    return solver


def schedule_shop(
    shop: Shop, limits: Limits, search: Search | None = None, solver: Solver | None = None
) -> Outcome:
    """The list schedule, and what the solver makes of it: kept only where it is better."""
    watched = search or Quiet()
    listed = list_schedule(shop)
    first = objective(shop, listed)
    bound = least_lateness(shop)
    watched.improved(first)
    watched.bounded(bound)
    if first == bound:
        return Outcome(listed, "list", first, first, bound, "optimal")
    if solver is None:
        return Outcome(listed, "list", first, first, bound, "no_solver")
    found = solver(shop, listed, first, limits, watched)
    bound = max(bound, found.bound)
    if found.schedule is not None:
        better = moved_left(shop, found.schedule)
        if (reached := objective(shop, better)) < first:
            ended = "optimal" if reached == bound else found.ended_by
            return Outcome(better, "cp_sat", reached, first, bound, ended)
    return Outcome(listed, "list", first, first, bound, found.ended_by)
