"""Moves and reads of stock: one by one, by the hundred, and after a long history."""

import statistics
import time
from collections.abc import Callable
from uuid import UUID

import psycopg

from bench.cluster import Cluster
from bench.company import DEVICE, Company, company, cpu_per_run, reference
from bench.figures import Figure
from bench.raw_moves import raw_moves
from bench.selling import confirmed, placed
from demo.story.people import Json
from demo.story.selling import ORDERS

PAIRS, BATCH_PAIRS, BATCH = 100, 4, 100
HISTORY, SHORT = 100_000, 100  # moves of the item
LOOKS = 60


def moves(cluster: Cluster) -> list[Figure]:
    """`move_one_cpu` and `move_100_rate`: to and fro between two bins."""
    limit, found = reference(cluster), company(cluster)
    parts = standing(found, DEVICE)
    here, there = (one["id"] for one in found.released_bins[:2])

    def there_and_back(lines: int) -> None:
        for start, end in ((here, there), (there, here)):
            where = {"from_bin_id": start, "to_bin_id": end, "quantity": "1"}
            moved = [{"part_id": part["part_id"]} | where for part in parts[:lines]]
            found["warehouse"].post("/api/inventory/moves", {"lines": moved})

    cpu = cpu_per_run(cluster, lambda: there_and_back(1), PAIRS)[0] / 2
    began = time.monotonic()
    for _ in range(BATCH_PAIRS):
        there_and_back(BATCH)
    rate = 2 * BATCH_PAIRS * BATCH / (time.monotonic() - began)
    return [
        Figure("move_one_cpu", cpu, "ms", limit.cpu_ms, cpu),
        Figure("move_100_rate", rate, "/s", raw_moves(cluster)),
    ]


def standing(found: Company, item: str) -> list[Json]:
    """Where the item stands."""
    id = found.items[item]["id"]
    stood: list[Json] = found["warehouse"].every("/api/inventory/stock", item_id=id)
    return stood


def growth(cluster: Cluster) -> list[Figure]:
    """`on_hand_growth` and `reserve_growth`: after 100,000 moves of the item, against 100."""
    found = company(cluster)
    item = found.items[DEVICE]["id"]
    keeper = found["warehouse"]

    def look() -> None:
        keeper.get("/api/inventory/stock", item_id=item)

    def reserve() -> None:
        order = placed(found)
        confirmed(found, order)
        path = f"{ORDERS}/{order['id']}"
        found["sales"].until("it", lambda: found["sales"].get(path)["state"] == "allocated")

    pasts: list[tuple[float, float]] = []
    for moved in (SHORT, HISTORY):
        past(cluster, UUID(item), moved)
        cluster.settle()
        pasts.append((p50(look, LOOKS), reserved(cluster, reserve)))
    (look_short, reserve_short), (look_long, reserve_long) = pasts
    return [
        Figure("on_hand_growth", look_long * 1000, "ms", look_short * 1000),
        Figure("reserve_growth", reserve_long, "ms", reserve_short),
    ]


def p50(work: Callable[[], object], times: int) -> float:
    """Median seconds, the first tenth left out."""
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[times // 10 :])


def reserved(cluster: Cluster, reserve: Callable[[], object], runs: int = 15) -> float:
    """Milliseconds that inventory took for a reservation, by its own clock: median of the runs."""
    taken: list[float] = []
    for _ in range(runs):
        before = clock(cluster)
        reserve()
        taken.append((clock(cluster) - before) * 1000)
    return statistics.median(taken)


def clock(cluster: Cluster) -> float:
    """Seconds that inventory has spent on reservations so far."""
    wanted = 'method="PUT",route="/reservations/{id}"'
    lines = cluster.metrics("inventory").splitlines()
    found = (one for one in lines if "request_seconds_sum" in one and wanted in one)
    return sum(float(one.rpartition(" ")[2]) for one in found)


def past(cluster: Cluster, item: UUID, moved: int) -> None:
    """Give the item a history: copies of one of its moves, straight into the ledger."""
    with psycopg.connect(cluster.postgres.conninfo("inventory"), autocommit=True) as inventory:
        inventory.execute("SET session_replication_role = replica")
        inventory.execute(
            """INSERT INTO move SELECT copy.* FROM
            (SELECT * FROM move WHERE item_id = %s LIMIT 1) AS one,
            (SELECT uuidv7() AS id FROM generate_series(1, %s)) AS fresh,
            LATERAL jsonb_populate_record(
              NULL::move, to_jsonb(one) || jsonb_build_object('id', fresh.id)) AS copy""",
            (item, moved),
        )
        inventory.execute("ANALYZE move")
