"""The planning engine on generated structures: time, memory, net change, against the reference.

Each size is measured in a process of its own (`python -m bench.planning <items> <buckets> <kind>`),
so that its peak memory is its own. Times are CPU seconds of the engine alone.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Final

from bench.cluster import Cluster
from bench.figures import Figure
from bench.plan_rows import fill, make_tables, planned_from_rows

if TYPE_CHECKING:
    from services.production.mrp.engine.compiled import Standing
    from services.production.mrp.engine.snapshot import Snapshot

BUCKETS: Final = 365
SIZES: Final = (1_000, 10_000, 100_000)
LOOP_AT: Final = 10_000  # the reference is measured where it takes seconds, not minutes
SHELF_ITEMS: Final = 2_000
CHANGES: Final = 200
COPIED: Final = 256 * 2**20  # bytes, far beyond any cache
Measured = dict[str, float]


def planning(cluster: Cluster) -> list[Figure]:
    """Regeneration by size, growth, the loop's ratio, net change, pegging; then from tables."""
    figures: list[Figure] = []
    found: dict[int, Measured] = {}
    for items in SIZES:
        found[items] = one = measured(items, "modular")
        name = f"plan_{items // 1000}k"
        figures += [
            Figure(name, one["engine"], "s CPU"),
            Figure(f"{name}_net_deep", one["deep_p95"], "ms CPU p95"),
            Figure(f"{name}_net_end_item", one["end_p95"], "ms CPU p95"),
        ]
    largest = found[SIZES[-1]]
    tangled = measured(SIZES[-1], "tangled")
    loop = found[LOOP_AT]["loop"] / found[LOOP_AT]["engine"]
    return [
        *figures,
        Figure("plan_100k_orders", largest["orders"], "orders"),
        Figure("plan_100k_built", largest["built"], "s CPU"),
        Figure("plan_growth", largest["engine"] / found[10_000]["engine"], "× for 10 × items"),
        Figure("plan_loop_ratio", loop, "× the kernel"),
        Figure("plan_tangled_end_item", tangled["end_p95"], "ms CPU p95"),
        Figure("plan_pegging", largest["pegging"], "ms CPU p95"),
        Figure("plan_shelf_item", shelf_item(BUCKETS), "µs CPU"),
        Figure("plan_100k_messages", largest["said"], "s CPU"),
        *from_tables(cluster),
        Figure("plan_bytes", largest["moved"], "GB", largest["bandwidth"]),
    ]


def from_tables(cluster: Cluster) -> list[Figure]:
    """A run from production's own rows to its stored plan, in an empty database of its own."""
    url = cluster.fresh_database("plan_rows")
    make_tables(url)
    fill(url, SIZES[-1], BUCKETS)
    found = planned_from_rows(url, SIZES[-1], BUCKETS)
    return [
        Figure("plan_100k_written", found["written"], "s"),
        Figure("plan_100k_memory", found["memory"], "MB"),
        Figure("plan_100k_moved", found["moved_p95"], "ms p95"),
        Figure("plan_100k_moved_p50", found["moved_p50"], "ms"),
        Figure("plan_trace", found["trace_ms"], "ms CPU p95"),
    ]


def measured(items: int, kind: str) -> Measured:
    """The figures of one structure, from a fresh process."""
    command = [sys.executable, "-m", "bench.planning", str(items), str(BUCKETS), kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    answer: Measured = json.loads(done.stdout.splitlines()[-1])
    return answer


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(items: int, buckets: int, *, tangled: bool) -> Measured:
    from services.production.mrp.engine.building import build
    from services.production.mrp.engine.compiled import Standing, plan_compiled
    from services.production.mrp.engine.generated import generated
    from services.production.mrp.engine.loop import plan_by_loop

    given = generated(items, buckets, tangled=tangled)
    began = time.process_time()
    snapshot = build(given)
    built = time.process_time() - began
    del given
    warm = Standing(build(generated(100, 20, tangled=False)))
    warm.add_demand(0, 1, 1)
    engine = statistics.median(cpu(lambda: plan_compiled(snapshot)) for _ in range(7))
    standing = Standing(snapshot)
    result = {"built": built, "engine": engine, "orders": float(standing.plan.orders)}
    if items <= LOOP_AT:
        result["loop"] = cpu(lambda: plan_by_loop(snapshot))
        assert plan_by_loop(snapshot).digest() == standing.plan.digest()
    result["pegging"] = pegging(snapshot, standing)
    result["said"] = said(snapshot)
    result |= net_change(standing, items, buckets)
    assert plan_compiled(snapshot).digest() == standing.plan.digest()
    return result | bandwidth(standing)


def shelf_item(buckets: int) -> float:
    """CPU microseconds of one item with lots that expire and orders that will."""
    from services.production.mrp.engine.building import build
    from services.production.mrp.engine.compiled import plan_compiled
    from services.production.mrp.engine.generated import generated
    from services.production.mrp.engine.given import Lot

    given = generated(SHELF_ITEMS, buckets, tangled=False)
    lots = [Lot(Decimal(100 * number), 25 * number) for number in range(1, 5)]
    stock = sum((lot.quantity for lot in lots), Decimal(0))
    spoils = [
        replace(one, lots=lots, on_hand=stock, shelf_life=120, minimum_life=10)
        for one in given.items
    ]
    snapshot = build(replace(given, items=spoils))
    plan_compiled(snapshot)
    engine = statistics.median(cpu(lambda: plan_compiled(snapshot)) for _ in range(7))
    return engine / SHELF_ITEMS * 1e6


def said(snapshot: "Snapshot") -> float:
    """CPU seconds of a whole plan with its bounds checked, its messages and need dates."""
    from services.production.mrp.engine.compiled import Standing
    from services.production.mrp.engine.everything import all_messages, check_all_bounds

    def work() -> object:
        return all_messages(Standing(snapshot, check_all_bounds))

    work()
    return cpu(work)


def net_change(standing: "Standing", items: int, buckets: int) -> Measured:
    """p95 CPU milliseconds of one more demand: of an end item, and of one of the deepest level."""
    from services.production.mrp.engine.compiled import roomier

    chance = Random(1)  # noqa: S311 - to measure with
    standing.expect_changes()  # as the process that keeps a plan does when it is stored
    standing.arena = roomier(standing.arena)  # compiled before it is measured
    result: Measured = {}
    for name, pool in (("end", range(items // 8)), ("deep", range(7 * items // 8, items))):
        times: list[float] = []
        for _ in range(CHANGES):
            item = standing.snapshot.place(f"G{chance.choice(pool):07}")
            bucket, quantity = chance.randrange(buckets // 2, buckets), chance.randint(1, 500)
            began = time.process_time()
            standing.add_demand(item, bucket, quantity)
            times.append(time.process_time() - began)
        result[f"{name}_p95"] = statistics.quantiles(times, n=20)[-1] * 1000
    return result


def pegging(snapshot: "Snapshot", standing: "Standing") -> float:
    """p95 CPU milliseconds to peg one item, one level."""
    from services.production.mrp.engine.peg import pegs

    chance, plan = Random(2), standing.plan  # noqa: S311 - to measure with
    times: list[float] = []
    for _ in range(CHANGES):
        item = chance.randrange(len(snapshot.ids))
        began = time.process_time()
        pegs(snapshot, plan, item)
        times.append(time.process_time() - began)
    return statistics.quantiles(times, n=20)[-1] * 1000


def bandwidth(standing: "Standing") -> Measured:
    """GB that the engine must move, and GB per second that one core copies in this run."""
    import numpy as np

    source = np.ones(COPIED // 8)
    target = np.empty_like(source)
    target[:] = source
    took = cpu(lambda: np.copyto(target, source))
    read = float(standing.arena.counts[standing.columns.parent].sum()) * 12
    moved = read + standing.plan.orders * 24 + len(standing.columns.parent) * 40
    return {"moved": moved / 1e9, "bandwidth": 2 * COPIED / took / 1e9}


def main() -> None:
    items, buckets, kind = sys.argv[1:]
    found = measure(int(items), int(buckets), tangled=kind == "tangled")
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
