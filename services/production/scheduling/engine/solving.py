"""Making a list schedule better with CP-SAT, within limits; never worse than what it began from.

OR-tools is optional: `chosen_solver` says whether it can be had. The model keeps each centre in its
own time, so that nights and free days cost no variable; where orders pass from a centre to one that
works other hours, a day per operation translates between them, linearly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any

from services.production.scheduling.engine.bounds import least_lateness
from services.production.scheduling.engine.exchanging import exchanged
from services.production.scheduling.engine.listing import list_schedule, moved_left
from services.production.scheduling.engine.shop import Schedule, Shop, objective
from services.production.scheduling.engine.watching import Quiet, Search
from shared.i18n import Bilingual

NO_SOLVER = Bilingual(
    "OR-tools is not installed: this is a list schedule, made better by exchanges alone",
    "未安装 OR-tools：本次结果为规则排程，仅经邻域交换改进",
)
BY_CLOCK = Bilingual(
    "The clock ended the search before its measured work was done: the same input may give another "
    "schedule next time",
    "搜索在完成既定工作量之前因时间到而停止：相同输入下次可能得到不同的排程",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the search may take: by the clock, and by measures that are equal on any machine.

    `placements` of operations are for exchanges, `work` in CP-SAT's own units is for the solver.
    """

    seconds: float
    work: float
    placements: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A schedule with how good it is. `bound`: no schedule can be better.

    `ended_by`: optimal, work (its measure was full: repeatable), clock (it was not), no_solver.
    """

    schedule: Schedule
    engine: str  # list, exchange, cp_sat: whose schedule it is
    objective: int
    list_objective: int
    bound: int
    ended_by: str


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
    """The list schedule, made better by exchanges, then by the solver; never made worse."""
    watched = search or Quiet()
    listed = list_schedule(shop)
    first = objective(shop, listed)
    bound = least_lateness(shop)
    watched.improved(first)
    watched.bounded(bound)
    chance = Random(limits.seed)  # noqa: S311 - a search, not a secret
    best = exchanged(shop, listed, bound, limits.placements, chance, watched)
    reached = objective(shop, best)
    engine, ended = ("exchange" if reached < first else "list"), "no_solver"
    if reached > bound and watched.left() <= 0:
        ended = "clock"
    elif reached > bound and solver is not None:
        found = solver(shop, best, reached, limits, watched)
        bound, ended = max(bound, found.bound), found.ended_by
        if found.schedule is not None:
            better = moved_left(shop, found.schedule)
            if objective(shop, better) < reached:
                best, reached, engine = better, objective(shop, better), "cp_sat"
    return Outcome(best, engine, reached, first, bound, "optimal" if reached == bound else ended)
