"""The CP-SAT model of a shop. Imported only where OR-tools is installed."""

from collections.abc import Callable
from typing import Any

from ortools.sat.python import cp_model

from services.production.scheduling.engine.shop import Centre, Schedule, Shop, end_of
from services.production.scheduling.engine.solving import Found, Limits
from services.production.scheduling.engine.watching import Search

WORKERS = 2  # fixed, and interleaved: the same search on any machine
SLACK = 4  # a schedule may end a quarter later than the list schedule does


class Model:
    """Variables of every operation: `own` start in its centre's time; shop times as expressions."""

    def __init__(self, shop: Shop, listed: Schedule, most: int) -> None:
        self.shop, self.listed = shop, listed
        self.model: Any = cp_model.CpModel()
        last = max(
            end_of(shop, job, own) for job, own in zip(shop.jobs, listed.starts, strict=True)
        )
        self.horizon = last + last // SLACK + shop.day
        self.own: list[list[Any]] = []
        self.begins: list[list[Any]] = []
        self.ends: list[list[Any]] = []
        self.intervals: list[list[Any]] = [[] for _ in shop.centres]
        for job in range(len(shop.jobs)):
            self.add_job(job)
        for job, one in enumerate(shop.jobs):
            for before in one.after:
                self.model.add(self.begins[job][0] >= self.ends[before][-1])
        for centre, intervals in zip(shop.centres, self.intervals, strict=True):
            self.limit(centre, intervals)
        self.judge(most)

    def add_job(self, job: int) -> None:
        """The operations of an order, one after the other, not before its release."""
        own: list[Any] = []
        begins: list[Any] = []
        ends: list[Any] = []
        one = self.shop.jobs[job]
        for number, task in enumerate(one.tasks):
            centre = self.shop.centres[task.centre]
            first = self.shop.opens(centre, one.release)
            latest = self.shop.opens(centre, self.horizon) + task.minutes
            start = self.model.new_int_var(first, latest, f"own {job} {number}")
            begin, end = self.times(centre, start, task.minutes, f"{job} {number}")
            if number and one.tasks[number - 1].centre == task.centre:
                self.model.add(start >= own[-1] + one.tasks[number - 1].minutes)
            elif number:
                self.model.add(begin >= ends[-1])
            self.model.add_hint(start, self.listed.starts[job][number])
            if centre.units:
                name = f"span {job} {number}"
                span = self.model.new_fixed_size_interval_var(start, task.minutes, name)
                self.intervals[task.centre].append(span)
            own.append(start)
            begins.append(begin)
            ends.append(end)
        self.own.append(own)
        self.begins.append(begins)
        self.ends.append(ends)

    def times(self, centre: Centre, start: Any, minutes: int, name: str) -> tuple[Any, Any]:
        """Begin and end in the shop's time; a day each, where the centre works shorter days."""
        more = self.shop.day - centre.minutes
        if more == 0:
            return start, start + minutes
        days = self.horizon // self.shop.day + 2
        begins = self.model.new_int_var(0, days, f"begins on {name}")
        ends = self.model.new_int_var(0, days, f"ends on {name}")
        end = start + minutes
        for at, day in ((start, begins), (end - 1, ends)):
            self.model.add(at >= centre.minutes * day)
            self.model.add(at <= centre.minutes * day + centre.minutes - 1)
        return start + more * begins, end + more * ends

    def limit(self, centre: Centre, intervals: list[Any]) -> None:
        """No more at once than the centre has units."""
        if centre.units == 1:
            self.model.add_no_overlap(intervals)
        elif 1 < centre.units < len(intervals):
            self.model.add_cumulative(intervals, [1] * len(intervals), centre.units)

    def judge(self, most: int) -> None:
        """Weighted tardiness, no more than the list schedule's."""
        late: list[Any] = []
        for job, one in enumerate(self.shop.jobs):
            most_late = max(0, self.horizon + self.shop.day - one.due)
            minutes = self.model.new_int_var(0, most_late, f"late {job}")
            self.model.add(minutes >= self.ends[job][-1] - one.due)
            end = end_of(self.shop, one, self.listed.starts[job])
            self.model.add_hint(minutes, max(0, end - one.due))
            late.append(one.weight * minutes)
        total = sum(late)
        self.model.add(total <= most)
        self.model.minimize(total)


class Watch(cp_model.CpSolverSolutionCallback):
    """Tells each better schedule as it is found."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        self.search = search

    def on_solution_callback(self) -> None:
        self.search.improved(round(self.objective_value))


def solve(shop: Shop, listed: Schedule, most: int, limits: Limits, search: Search) -> Found:
    """Search from the list schedule on, for so much work or so many seconds."""
    built = Model(shop, listed, most)
    solver: Any = cp_model.CpSolver()
    solver.parameters.random_seed = limits.seed
    solver.parameters.num_workers = WORKERS
    solver.parameters.interleave_search = True
    solver.parameters.max_deterministic_time = limits.work
    seconds = min(limits.seconds, search.left())
    solver.parameters.max_time_in_seconds = seconds
    solver.best_bound_callback = bound_teller(search)
    search.begun(solver.stop_search)
    status = solver.solve(built.model, Watch(search))
    bound = max(0, -int(-solver.best_objective_bound // 1))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(None, 0, ended(solver, seconds))
    starts = tuple(tuple(int(solver.value(at)) for at in own) for own in built.own)
    by = "optimal" if status == cp_model.OPTIMAL else ended(solver, seconds)
    return Found(Schedule(starts), bound, by)


def bound_teller(search: Search) -> Callable[[float], None]:
    def tell(bound: float) -> None:
        search.bounded(max(0, int(bound)))

    return tell


def ended(solver: Any, seconds: float) -> str:
    return "clock" if solver.wall_time >= seconds else "work"
