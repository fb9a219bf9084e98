"""Order entry while a plan of a hundred thousand items is made beside it, in the same stack."""

import statistics
import time
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import psycopg

from bench.cluster import Cluster
from bench.company import Company, company
from bench.figures import Figure
from bench.plan_rows import fill
from bench.selling import placed
from demo.story.people import Json

RUNS: Final = "/api/production/planning/runs"
ITEMS, DAYS = 100_000, 365
ROUNDS, QUIET = 4, 40  # plan runs, and orders before each of them
LOOK: Final = 0.25  # seconds between looks at the run


def orders_beside_plan(cluster: Cluster) -> list[Figure]:
    """p95 of order entry beside a run over p95 without one, rounds interleaved."""
    found = company(cluster)
    many_items(cluster)
    planned(found)  # loads the engine
    for _ in range(5):
        placed(found)
    quiet: list[float] = []
    beside: list[float] = []
    looks: list[float] = []
    for _ in range(ROUNDS):
        cluster.settle()
        quiet += [entry(found) for _ in range(QUIET)]
        run = found["planner"].post(RUNS, {"days": DAYS})
        while going(found, run, looks):
            beside.append(entry(found))
    return [
        Figure("orders_beside_plan", p95(beside), "ms p95", p95(quiet)),
        Figure("orders_beside_plan_p50", statistics.median(beside) * 1000, "ms",
               statistics.median(quiet) * 1000),
        Figure("plan_progress_look", p95(looks), "ms p95"),
    ]  # fmt: skip


def many_items(cluster: Cluster) -> None:
    """A generated company in production's tables, beside what the stack's own company has."""
    url = cluster.postgres.conninfo("production")
    with psycopg.connect(url) as production:
        row = production.execute("SELECT company_id FROM item_copy LIMIT 1").fetchone()
    assert row is not None
    fill(url, ITEMS, DAYS, UUID(str(row[0])), datetime.now(UTC).date())


def entry(found: Company) -> float:
    """Seconds to enter an order and submit it."""
    began = time.perf_counter()
    placed(found)
    return time.perf_counter() - began


def planned(found: Company) -> Json:
    """A run, waited for."""
    planner = found["planner"]
    run = planner.post(RUNS, {"days": DAYS})
    while going(found, run, []):
        time.sleep(LOOK)
    return run


def going(found: Company, run: Json, looks: list[float]) -> bool:
    """Whether the run goes on; how long the question took is added to the looks."""
    began = time.perf_counter()
    shown = found["planner"].get(f"{RUNS}/{run['id']}")
    looks.append(time.perf_counter() - began)
    assert shown["state"] != "failed", shown
    state: str = shown["state"]
    return state != "done"


def p95(times: list[float]) -> float:
    """Milliseconds that all but one in twenty stay below."""
    return statistics.quantiles(times, n=20)[-1] * 1000
