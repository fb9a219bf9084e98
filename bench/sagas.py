"""What a saga costs that only waits: its bytes, and how soon the due ones are found among many."""

import statistics
import time

import psycopg

from bench.cluster import Cluster
from bench.figures import Figure

SAGAS = 100_000
FILL = """
INSERT INTO saga (id, name, def_version, company_id, phase, step, heard, data, attempts,
                  waiting_since, initiated_by, traceparent, started_at)
SELECT uuidv7(), 'order_to_ship', 1, '01900000-0000-7000-8000-00000000c001', 'waiting', 2,
       '[]', jsonb_build_object('order_id', uuidv7(), 'number', 'SO-2026-' || n), 0, now(),
       'user:' || uuidv7(), '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', now()
FROM generate_series(1, %s) n
"""
DUE = "SELECT id FROM saga WHERE due_at <= now() ORDER BY due_at LIMIT 8 FOR UPDATE SKIP LOCKED"


def waiting_saga(cluster: Cluster) -> list[Figure]:
    """Bytes per waiting saga with indexes; the poll for due ones beside, few sagas and many."""
    with psycopg.connect(cluster.postgres.conninfo("sales"), autocommit=True) as sales:
        few = poll(sales)
        sales.execute(FILL, (SAGAS,))
        sales.execute("VACUUM ANALYZE saga")
        many = poll(sales)
        row = sales.execute("SELECT pg_total_relation_size('saga')").fetchone()
        sales.execute("DELETE FROM saga WHERE name = 'order_to_ship' AND step = 2")
        sales.execute("VACUUM FULL saga")
    assert row is not None
    return [
        Figure("waiting_saga", row[0] / SAGAS, "bytes"),
        Figure("waiting_saga_poll", many * 1000, "ms", few * 1000),
    ]


def poll(connection: psycopg.Connection) -> float:
    """Median seconds of the runner's question."""
    times: list[float] = []
    for _ in range(50):
        began = time.perf_counter()
        connection.execute(DUE, prepare=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times)
