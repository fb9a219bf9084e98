"""The limit of stock moves: array inserts with balance upserts, a hundred per commit."""

import time
from uuid import UUID

import psycopg

from bench.cluster import Cluster

COMMITS, SIZE = 60, 100
TABLES = """
CREATE TABLE move (id uuid PRIMARY KEY DEFAULT uuidv7(), part uuid, bin uuid, quantity numeric,
                   at timestamptz DEFAULT now());
CREATE TABLE balance (part uuid, bin uuid, quantity numeric, PRIMARY KEY (part, bin))
"""
MOVE = """
WITH moved AS (
  INSERT INTO move (part, bin, quantity)
  SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::numeric[]) RETURNING part, bin, quantity
)
INSERT INTO balance SELECT part, bin, sum(quantity) FROM moved GROUP BY part, bin ORDER BY 1, 2
ON CONFLICT (part, bin) DO UPDATE SET quantity = balance.quantity + excluded.quantity
"""


def raw_moves(cluster: Cluster) -> float:
    """Moves per second; a move is two ledger rows."""
    parts = [UUID(int=number % SIZE) for number in range(2 * SIZE)]
    bins = [UUID(int=number // SIZE) for number in range(2 * SIZE)]
    amounts = [1 if number < SIZE else -1 for number in range(2 * SIZE)]
    with psycopg.connect(cluster.fresh_database("bench_moves"), autocommit=True) as connection:
        connection.execute(TABLES.encode())
        began = time.monotonic()
        for _ in range(COMMITS):
            connection.execute(MOVE, (parts, bins, amounts), prepare=True)
        return COMMITS * SIZE / (time.monotonic() - began)
