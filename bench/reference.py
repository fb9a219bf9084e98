"""The reference: one FastAPI endpoint, one transaction of eleven rows in one psycopg call.

Run as `python -m bench.reference <libpq URL> <port>`; `Reference` starts it and calls it. Without
a URL it is the lean service whose memory is compared.
"""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import httpx
import psycopg
import uvicorn
from fastapi import FastAPI
from psycopg import AsyncConnection

from bench.cluster import ROOT, Cluster, cpu_of
from deploy.local.ports import free_port

CONNECTIONS = 2
TABLES = """
CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT uuidv7(), number text, at timestamptz);
CREATE TABLE line (id uuid PRIMARY KEY DEFAULT uuidv7(), order_id uuid, no int, quantity numeric);
CREATE TABLE ledger (id uuid PRIMARY KEY DEFAULT uuidv7(), order_id uuid, amount numeric(18, 6));
CREATE TABLE outbox (id uuid PRIMARY KEY DEFAULT uuidv7(), body jsonb)
"""
CALL = """
WITH placed AS (
  INSERT INTO orders (number, at) VALUES (%s, now()) RETURNING id
), lines AS (
  INSERT INTO line (order_id, no, quantity) SELECT id, n, n FROM placed, generate_series(1, 3) n
), booked AS (
  INSERT INTO ledger (order_id, amount) SELECT id, n FROM placed, generate_series(1, 6) n
), told AS (
  INSERT INTO outbox (body) SELECT jsonb_build_object('order', id) FROM placed
)
SELECT id FROM placed
"""


def make_app(url: str) -> FastAPI:
    """The endpoint; a connection per client, as many as are used."""
    free: list[AsyncConnection] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if url:
            free.extend(
                [await AsyncConnection.connect(url, autocommit=True) for _ in range(CONNECTIONS)]
            )
        yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/orders")
    async def place(body: dict[str, str]) -> dict[str, str]:
        connection = free.pop()
        try:
            row = await (await connection.execute(CALL, (body["number"],), prepare=True)).fetchone()
        finally:
            free.append(connection)
        assert row is not None
        return {"id": str(row[0])}

    return app


@dataclass(frozen=True)
class Measured:
    """The reference on this machine, in this run."""

    p50: float  # seconds, one connection
    rate: float  # calls per second, two connections
    cpu_ms: float  # per call, endpoint and PostgreSQL


@dataclass
class Reference:
    """The running endpoint."""

    url: str
    pid: int

    def measure(self, cluster: Cluster, calls: int = 600) -> Measured:
        """p50 one by one, then rate and CPU with two clients."""
        with httpx.Client(base_url=self.url) as client:
            times = [timed(client) for _ in range(calls // 2)][20:]
        before, began = self.cpu(cluster), time.monotonic()
        workers = [
            threading.Thread(target=many, args=(self.url, calls)) for _ in range(CONNECTIONS)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        took, total = time.monotonic() - began, calls * CONNECTIONS
        spent = self.cpu(cluster) - before
        return Measured(statistics.median(times), total / took, spent / total * 1000)

    def cpu(self, cluster: Cluster) -> float:
        """CPU seconds of the endpoint and PostgreSQL."""
        return cpu_of(self.pid, cluster.postgres.pid)


def timed(client: httpx.Client) -> float:
    began = time.perf_counter()
    client.post("/orders", json={"number": "R"}).raise_for_status()
    return time.perf_counter() - began


def many(url: str, calls: int) -> None:
    with httpx.Client(base_url=url) as client:
        for _ in range(calls):
            timed(client)


@contextmanager
def endpoint(url: str = "") -> Generator[Reference]:
    """The endpoint in a process of its own; without a database the lean service."""
    port = free_port()
    if url:
        with psycopg.connect(url) as connection:
            connection.execute(TABLES)
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.reference", url, str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until_up(f"http://127.0.0.1:{port}/openapi.json")
        yield Reference(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait()


def until_up(url: str) -> None:
    for _ in range(600):
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer")


if __name__ == "__main__":
    uvicorn.run(make_app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning")
