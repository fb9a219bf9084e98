"""What holds for every schedule, on random shops; and the checker sees each law broken."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from services.production.scheduling.engine.bounds import least_lateness
from services.production.scheduling.engine.checking import breaches, check_told
from services.production.scheduling.engine.faults import OrdersInACircle, ScheduleBroken
from services.production.scheduling.engine.listing import list_schedule, moved_left, placed, rules
from services.production.scheduling.engine.shop import (
    Centre,
    Job,
    Placed,
    Schedule,
    Shop,
    Task,
    objective,
)
from services.production.scheduling.engine.solving import (
    Found,
    Limits,
    chosen_solver,
    schedule_shop,
)
from services.production.scheduling.engine.telling import told
from services.production.scheduling.engine.watching import Quiet
from services.production.tests.scheduling.shops import DAY, crowded, one_centre, shops

MANY = settings(max_examples=150, deadline=None)
FEW = settings(max_examples=25, deadline=None)
LIMITS = Limits(seconds=20, work=0.2, placements=300)


@MANY
@given(shops())
def test_a_list_schedule_keeps_every_law_and_none_is_better_than_its_bound(shop: Shop) -> None:
    listed = list_schedule(shop)
    check_told(shop, told(shop, listed))
    assert objective(shop, listed) >= least_lateness(shop)
    assert list_schedule(shop) == listed


@MANY
@given(shops())
def test_moving_left_never_begins_an_operation_later(shop: Shop) -> None:
    listed = list_schedule(shop)
    pushed = Schedule(tuple(tuple(at + 7 * shop.day for at in own) for own in listed.starts))
    moved = moved_left(shop, pushed)
    check_told(shop, told(shop, moved))
    for before, after in zip(pushed.starts, moved.starts, strict=True):
        assert all(late >= early for late, early in zip(before, after, strict=True))


@FEW
@given(shops())
def test_the_solver_is_never_worse_than_the_list_and_repeats_itself(shop: Shop) -> None:
    solver = chosen_solver()
    assert solver is not None
    first = schedule_shop(shop, LIMITS, solver=solver)
    check_told(shop, told(shop, first.schedule))
    assert first.bound <= first.objective <= first.list_objective
    assert objective(shop, first.schedule) == first.objective
    again = schedule_shop(shop, LIMITS, solver=solver)
    assert (again.schedule.digest(), again.bound) == (first.schedule.digest(), first.bound)


def test_a_list_by_due_date_goes_by_slack_then_id() -> None:
    shop = one_centre((60, 300), (60, 200), (90, 300), (60, 300))
    by_due = placed(shop, next(rules(shop)))
    starts = [own[0] for own in by_due.starts]
    assert starts == [150, 0, 60, 210], "200 first; of those due at 300 the longest has least slack"


def test_exchanges_make_a_list_better_and_repeat_themselves_without_a_solver() -> None:
    shop = crowded(40)
    listed = schedule_shop(shop, Limits(60, 1, 0))
    found = [schedule_shop(shop, Limits(60, 1, 20_000, seed)) for seed in (1, 1, 2)]
    assert found[0].schedule == found[1].schedule != found[2].schedule
    for one in found:
        check_told(shop, told(shop, one.schedule))
        assert (one.engine, one.ended_by) == ("exchange", "no_solver")
        assert one.objective < one.list_objective == listed.objective

    class Hurried(Quiet):
        def left(self) -> float:
            return 0

    hurried = schedule_shop(shop, Limits(60, 1, 20_000), Hurried(), chosen_solver())
    assert (hurried.engine, hurried.ended_by) == ("list", "clock")


def test_the_list_fills_gaps_and_units() -> None:
    centres = (Centre("a", 1, DAY), Centre("b", 1, DAY))
    jobs = (
        Job("j0", 100, 300, 1, (Task(10, 0, 50),)),
        Job("j1", 0, 400, 1, (Task(10, 0, 90), Task(20, 1, 10))),
    )
    assert list_schedule(Shop(DAY, centres, jobs)).starts == ((100,), (0, 90))
    both = list_schedule(one_centre((60, 100), (60, 100), (60, 100), units=2))
    assert both.starts == ((0,), (0,), (60,))


def test_an_operation_stops_for_the_night_and_passes_to_a_centre_of_other_hours() -> None:
    centres = (Centre("long", 1, 600), Centre("short", 1, 480))
    job = Job("j", 0, 900, 1, (Task(10, 1, 500), Task(20, 0, 30), Task(30, 1, 430)))
    shop = Shop(600, centres, (job,))
    placed = told(shop, list_schedule(shop))
    assert [(one.begin, one.end) for one in placed] == [(0, 620), (620, 650), (650, 1080)]
    check_told(shop, placed)
    ends = Shop(600, centres, (replace(job, tasks=(Task(10, 0, 500), Task(20, 1, 10))),))
    assert [(one.begin, one.end) for one in told(ends, list_schedule(ends))] == [
        (0, 500), (600, 610),
    ], "the short centre is closed at 500"  # fmt: skip


def test_the_solver_proves_the_best_and_weights_count() -> None:
    shop = one_centre((300, 299), (60, 300), (60, 301), (60, 302))
    by_due = objective(shop, placed(shop, next(rules(shop))))
    outcome = schedule_shop(shop, LIMITS, solver=chosen_solver())
    assert (by_due, outcome.list_objective, outcome.objective) == (1 + 60 + 119 + 178, 181, 181)
    assert (outcome.ended_by, outcome.bound) == ("optimal", 181)
    weighty = one_centre((300, 299), (60, 300), (60, 301), (60, 302), weights=(100, 1, 1, 1))
    outcome = schedule_shop(weighty, LIMITS, solver=chosen_solver())
    assert outcome.schedule.starts[0] == (0,), "a weight of 100 keeps it first"


def test_the_solver_stops_when_it_is_told_to() -> None:
    class Stopping(Quiet):
        def begun(self, stop: Callable[[], None]) -> None:
            threading.Timer(0.5, stop).start()

    shop, began = crowded(60), time.monotonic()
    outcome = schedule_shop(shop, Limits(120, 1000), Stopping(), chosen_solver())
    assert time.monotonic() - began < 60
    check_told(shop, told(shop, outcome.schedule))
    assert outcome.objective <= outcome.list_objective


def test_without_a_solver_the_list_is_the_answer_and_says_so() -> None:
    shop = one_centre((300, 299), (60, 300))
    outcome = schedule_shop(shop, LIMITS, solver=None)
    assert (outcome.engine, outcome.ended_by, outcome.bound) == ("list", "no_solver", 1)
    in_time = schedule_shop(one_centre((60, 60)), LIMITS, solver=None)
    assert (in_time.objective, in_time.ended_by) == (0, "optimal")


def test_where_or_tools_is_not_installed_no_solver_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "services.production.scheduling.engine.cp_sat", raising=False)
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    assert chosen_solver() is None


def test_a_solver_that_lies_is_not_believed() -> None:
    """A worse answer is dropped for the list schedule; a broken one does not pass the checker."""
    shop = one_centre((300, 299), (60, 300), (60, 301))
    late = Schedule(((2000,), (3000,), (4000,)))

    def worse(*_asked: object) -> Found:
        return Found(None, 0, "work")

    assert schedule_shop(shop, replace(LIMITS, placements=0), solver=worse).engine == "list"

    def lazy(*_asked: object) -> Found:
        return Found(late, 0, "work")

    outcome = schedule_shop(shop, LIMITS, solver=lazy)
    assert outcome.objective <= outcome.list_objective
    both_at_once = Schedule(((0,), (0,), (300,)))
    with pytest.raises(ScheduleBroken, match="two operations"):
        check_told(shop, told(shop, both_at_once))


def test_orders_that_wait_for_one_another_are_named() -> None:
    job = Job("a", 0, 10, 1, (Task(10, 0, 5),), (1,))
    shop = Shop(DAY, (Centre("c", 1, DAY),), (job, replace(job, id="b", after=(0,))))
    with pytest.raises(OrdersInACircle) as refused:
        list_schedule(shop)
    assert refused.value.members == {"orders": ["a", "b"], "count": 2}


CENTRES = (Centre("a", 1, 100), Centre("b", 2, 120))
JOBS = (
    Job("j0", 10, 500, 1, (Task(10, 0, 95), Task(20, 1, 30))),
    Job("j1", 0, 500, 1, (Task(10, 1, 20),), (0,)),
)
SHOP = Shop(120, CENTRES, JOBS)
GOOD = (Placed(0, 0, 0, 10, 125), Placed(0, 1, 0, 125, 155), Placed(1, 0, 1, 155, 175))


@pytest.mark.parametrize(
    ("place", "wrong", "law"),
    [
        (0, {"begin": 9, "end": 124}, "before its release"),
        (0, {"end": 124}, "takes 94 minutes instead of 95"),
        (0, {"begin": 110, "end": 215}, "when a is closed"),
        (0, {"unit": 1}, "a has no unit 1"),
        (1, {"begin": 124, "end": 154}, "operation 20 before the one before it"),
        (1, {"task": 0}, "missing or twice"),
        (2, {"begin": 140, "end": 160}, "before its component j0"),
        (2, {"unit": 0, "begin": 150, "end": 170}, "unit 0 has two operations"),
    ],
)
def test_the_checker_sees_each_law_broken(place: int, wrong: dict[str, int], law: str) -> None:
    check_told(SHOP, GOOD)
    broken = [replace(one, **wrong) if at == place else one for at, one in enumerate(GOOD)]
    assert any(law in said for said in breaches(SHOP, broken)), list(breaches(SHOP, broken))
    assert list(breaches(SHOP, GOOD[:2])) == ["j1: operations missing or twice"]


REPEAT = """
import json, os, sys
from services.production.scheduling.engine.solving import Limits, chosen_solver, schedule_shop
from services.production.tests.scheduling.shops import crowded
if len(sys.argv) > 1:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
done = schedule_shop(crowded(30), Limits(60, 0.3, 5_000), solver=chosen_solver())
print(json.dumps([done.objective, done.bound, done.ended_by, done.engine, done.schedule.digest(),
                  done.list_objective]))
"""


def test_the_same_shop_has_the_same_schedule_in_any_process_on_any_number_of_cores() -> None:
    command = [sys.executable, "-c", REPEAT]
    said = [json.loads(subprocess.check_output(command + more, text=True)) for more in ([], ["1"])]
    assert said[0] == said[1]
    assert said[0][2:4] == ["work", "cp_sat"]
    assert said[0][0] < said[0][5], "and it is better than the list schedule"
