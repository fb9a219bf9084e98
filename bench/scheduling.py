"""Capacity: the load of a large plan, the list schedule, and what the search makes of it.

Each is measured in a process of its own (`python -m bench.scheduling <what>`), so that its peak
memory is its own. Shops and orders are by their seed alone.
"""

import json
import subprocess
import sys
import time
from random import Random
from typing import Final

import numpy as np

from bench.cluster import Cluster
from bench.figures import Figure
from bench.memory import peak_memory
from services.production.schedule_process.rules import limits_of
from services.production.scheduling.engine.checking import check_told
from services.production.scheduling.engine.listing import list_schedule
from services.production.scheduling.engine.shop import Centre, Job, Shop, Task
from services.production.scheduling.engine.solving import chosen_solver, schedule_shop
from services.production.scheduling.engine.telling import told
from services.production.work_load.engine.loading import by_parts, load_by_day
from services.production.work_load.engine.works import Orders, Routes, effective_pairs

DAY: Final = 480
SECONDS: Final = 30  # of a search, as a user asks for by default
ITEMS, ORDERS, OPERATIONS, CENTRES = 50_000, 50, 4, 60  # ten million operations in a year
SHOPS: Final = {"200x20": 12.0, "50x10": 3.0}  # orders x centres, due by so many times their work
Measured = dict[str, float]


def scheduling(_: Cluster) -> list[Figure]:
    """Figures of the engine alone, for the table."""
    load = measured("load")
    found = [
        Figure("load_10m_operations", load["seconds"], "s CPU"),
        Figure("load_10m_memory", load["memory"], "MB"),
    ]
    for name in SHOPS:
        one = measured(name)
        found += [
            Figure(f"schedule_{name}_list", one["list_seconds"], "s CPU"),
            Figure(f"schedule_{name}_late_list", one["listed"], "min"),
            Figure(f"schedule_{name}_late", one["objective"], "min"),
            Figure(f"schedule_{name}_bound", one["bound"], "min"),
            Figure(f"schedule_{name}_search", one["seconds"], "s"),
        ]
    return found


def measured(what: str) -> Measured:
    command = [sys.executable, "-m", "bench.scheduling", what]
    said = subprocess.check_output(command, text=True)  # noqa: S603 - ourselves
    found: Measured = json.loads(said)
    return found


def shop_of(jobs: int, centres: int, latest: float) -> Shop:
    """Orders of five to nine steps over the centres, due at 1.2 to `latest` times their work."""
    chance = Random(1)  # noqa: S311 - to measure with
    made: list[Job] = []
    for number in range(jobs):
        route = chance.sample(range(centres), chance.randint(5, 9))
        tasks = tuple(
            Task(10 * place, centre, chance.randint(5, 99))
            for place, centre in enumerate(route, start=1)
        )
        due = int(sum(task.minutes for task in tasks) * chance.uniform(1.2, latest))
        made.append(Job(f"{number:05}", 0, due, 1, tasks))
    return Shop(DAY, tuple(Centre(f"c{n}", 1, DAY) for n in range(centres)), tuple(made))


def search(what: str) -> Measured:
    jobs, centres = map(int, what.split("x"))
    shop = shop_of(jobs, centres, SHOPS[what])
    began = time.process_time()
    list_schedule(shop)
    listed = time.process_time() - began
    began = time.perf_counter()
    outcome = schedule_shop(shop, limits_of(SECONDS, 0), solver=chosen_solver())
    seconds = time.perf_counter() - began
    check_told(shop, told(shop, outcome.schedule))
    return {
        "list_seconds": listed,
        "listed": outcome.list_objective,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "seconds": seconds,
    }


def load() -> Measured:
    """A year of orders of fifty thousand items, four operations each, over sixty work centres."""
    chance = np.random.default_rng(1)
    count = ITEMS * ORDERS
    release = chance.integers(-5, 350, count)
    orders = Orders(
        np.repeat(np.arange(ITEMS), ORDERS),
        release,
        release + chance.integers(0, 20, count),
        chance.integers(1, 100, count).astype(np.float64),
    )
    routes = Routes(
        np.arange(ITEMS),
        np.full(ITEMS, -999),
        np.full(ITEMS, 9999),
        np.arange(ITEMS + 1) * OPERATIONS,
        np.tile(np.arange(OPERATIONS), ITEMS),
        chance.integers(0, CENTRES, ITEMS * OPERATIONS),
        np.full(ITEMS * OPERATIONS, 5.0),
        chance.random(ITEMS * OPERATIONS),
    )
    worked = np.concatenate(([0], np.cumsum(np.arange(365) % 7 < 5))).astype(np.int64)  # noqa: PLR2004
    began = time.process_time()
    minutes = np.zeros((CENTRES, int(worked[-1])))
    for works in by_parts(orders, routes, effective_pairs(orders, routes), worked):
        minutes += load_by_day(works, CENTRES, int(worked[-1]))
    seconds = time.process_time() - began
    memory = peak_memory()
    return {"seconds": seconds, "memory": memory}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(load() if sys.argv[1] == "load" else search(sys.argv[1])) + "\n")
