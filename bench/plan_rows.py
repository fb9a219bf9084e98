"""From rows in PostgreSQL to a stored plan: a generated company in production's own tables."""

import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final
from uuid import UUID

import psycopg

from bench.memory import peak_memory
from services.production.mrp.engine.generated import LEVELS, SHARED_FROM, generated, level_of
from services.production.mrp.engine.given import Given

COMPANY: Final = UUID(int=0xBE7C)
TODAY: Final = date(2026, 1, 5)
Row = tuple[object, ...]
MOVES: Final = 40  # demands that change, one after the other


def make_tables(url: str) -> None:
    """Production's tables in an empty database, without their audit triggers."""
    from sqlalchemy import create_engine, text

    from services.production.all_tables import TABLES
    from shared.platform_tables import PLATFORM

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    metadata = TABLES[0].ItemCopy.metadata
    metadata.create_all(engine)
    PLATFORM.create_all(engine)
    with engine.begin() as connection:  # as the migration has it
        connection.execute(text("ALTER TABLE plan_store ALTER COLUMN body SET STORAGE EXTERNAL"))
    engine.dispose()


def fill(url: str, items: int, buckets: int, company: UUID = COMPANY, today: date = TODAY) -> None:
    """Masters, stock, purchase orders and demands of so many items, by COPY, past all triggers."""
    given = generated(items, buckets, tangled=False)

    def day(bucket: int) -> date:
        return today + timedelta(days=bucket)

    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        fill_masters(connection, given, company, today)
        copy(connection, "purchase_line_copy (company_id, id, version, order_id, item_id, "
             "open_quantity, due_on)", [
            (company, key(f"P{n}"), 1, key(f"P{n}"), key(one.item), one.quantity, day(one.bucket))
            for n, one in enumerate(given.receipts)])  # fmt: skip
        connection.execute(
            "INSERT INTO demand (company_id, id, number, state, version, created_by, created_at) "
            "VALUES (%s, %s, 'BENCH', 'open', 1, 'bench', now())", (company, DEMAND),
        )  # fmt: skip
        copy(connection, "demand_line (company_id, demand_id, line_id, item_id, quantity, "
             "needed_on)", [
            (company, DEMAND, key(f"L{n}"), key(one.item), one.quantity, day(one.bucket))
            for n, one in enumerate(given.demands)])  # fmt: skip
        connection.execute("ANALYZE")


def fill_masters(connection: psycopg.Connection, given: Given, company: UUID, today: date) -> None:
    """Items with their structures and their stock."""
    lines: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for line in given.lines:
        part = {"component_id": str(key(line.component)), "quantity": str(line.per), "scrap": "0"}
        lines[line.parent].append(part)
    copy(connection, "item_copy (company_id, id, version, active, code, name, name_zh, kind, "
         "stock_unit, decimals, tracking, regulated, lead_time_days, order_minimum, "
         "order_multiple, safety_stock)", [
        (company, key(one.id), 1, True, one.id, one.id, "",
         "purchased" if level_of(n, len(given.items)) >= SHARED_FROM else "manufactured",
         "pcs", 0, "lot", False, one.lead_time, one.lot_rule.minimum, one.lot_rule.multiple or 0,
         one.safety_stock)
        for n, one in enumerate(given.items)])  # fmt: skip
    copy(connection, "planning_policy (company_id, item_id, phantom, inspection_days, "
         "safety_days, minimum_life_days, periods, good_share, lot_maximum, days_per_unit, "
         "working_days, consume_back, consume_ahead, demand_fence, planning_fence, version)", [
        (company, key(one.id), False, 0, 0, 0, one.lot_rule.periods, one.yield_, 0, 0, False,
         0, 0, 0, 0, 1)
        for one in given.items])  # fmt: skip
    copy(connection, "bom_copy (company_id, id, version, active, item_id, revision, "
         "valid_from, lines)", [
        (company, key(f"B{parent}"), 1, True, key(parent), "A", today, json.dumps(own))
        for parent, own in lines.items()])  # fmt: skip
    copy(connection, "stock_copy (company_id, id, version, on_hand, usable, reserved, "
         "to_inspect)", [
        (company, key(one.id), 1, one.on_hand, one.on_hand, 0, 0)
        for one in given.items])  # fmt: skip


def key(name: str) -> UUID:
    """A name of a generated thing as a UUID that sorts as the name does."""
    return UUID(bytes=name.encode().rjust(16, b"\0"))


def copy(connection: psycopg.Connection, target: str, rows: list[Row]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN") as into,  # pyright: ignore[reportArgumentType]
    ):
        for row in rows:
            into.write_row(row)


DEMAND: Final = key("demand")


def planned_from_rows(url: str, items: int, buckets: int) -> dict[str, float]:
    """Seconds of runs in a process of their own, its memory, net change there, views on its desk.

    The process holds what a planning process holds: only what it needs is imported there.
    """
    command = [sys.executable, "-m", "bench.plan_rows", url, str(items), str(buckets)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    from services.production.mrp.rules import item_view, trace
    from services.production.plan_desk.queries import ask, warm

    url, items, buckets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    warm()
    planner = Planner(url, buckets)
    written = [planner.run("regeneration")[0] for _ in range(2)]
    found = {"written": min(written)}
    found["memory"] = peak_memory()
    found |= moves(planner, items)
    ask(url, planner.last, item_view, str(key("G0000000")))
    times: list[float] = []
    for number in range(items * 3 // LEVELS, items * 3 // LEVELS + 20):
        began = time.process_time()
        ask(url, planner.last, trace, str(key(f"G{number:07}")), 0, "up")
        times.append((time.process_time() - began) * 1000)
    sys.stdout.write(json.dumps(found | {"trace_ms": sorted(times)[-2]}) + "\n")


@dataclass
class Planner:
    """Runs as the service gives them to its planning process."""

    url: str
    buckets: int
    last: UUID = COMPANY

    def run(self, mode: str) -> tuple[float, str]:
        """Seconds, and the plan's hash; in the mode that was asked for."""
        from services.production.plan_process.commands import carry_out

        self.last = UUID(int=time.time_ns())
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "INSERT INTO plan_run (company_id, id, kind, state, started_by, started_at, today, "
                "buckets, changes, working, progress, stage, positions, input_hash, plan_hash, "
                "engine, duration_ms, counts, mode, reason, fault, published_by) VALUES (%s, %s, "
                "'regular', 'queued', 'bench', now(), %s, %s, '{}', '', 0, '', '{}', '', '', '', "
                "0, '{}', %s, '', '{}', '')",
                (COMPANY, self.last, TODAY, self.buckets, mode),
            )
        began = time.perf_counter()
        carry_out(self.url, self.last)
        took = time.perf_counter() - began
        with psycopg.connect(self.url) as connection:
            asked = "SELECT state, mode, plan_hash, reason, fault FROM plan_run WHERE id = %s"
            row = connection.execute(asked, (self.last,)).fetchone()
        assert row is not None
        assert row[:2] == ("done", mode), row
        return took, str(row[2])


def moves(planner: Planner, items: int) -> dict[str, float]:
    """p95 milliseconds of a net-change run after one demand changed; equal to regeneration."""
    chance = Random(3)  # noqa: S311 - to measure with
    times: list[float] = []
    hashed = ""
    for _ in range(MOVES):
        item = key(f"G{chance.randrange(items // LEVELS):07}")
        with psycopg.connect(planner.url) as connection:
            connection.execute(
                "UPDATE demand_line SET quantity = quantity + %s WHERE line_id = ("
                "SELECT line_id FROM demand_line WHERE item_id = %s "
                "ORDER BY needed_on DESC LIMIT 1)",
                (chance.randint(1, 500), item),
            )
            # These tables have no triggers: the note that one takes.
            note = "INSERT INTO plan_change (company_id, item_id) VALUES (%s, %s)"
            connection.execute(note, (COMPANY, item))
        took, hashed = planner.run("net_change")
        times.append(took)
    assert planner.run("regeneration")[1] == hashed
    return {"moved_p95": statistics.quantiles(times, n=20)[-1] * 1000,
            "moved_p50": statistics.median(times) * 1000}  # fmt: skip


if __name__ == "__main__":
    main()
