"""From rows in PostgreSQL to a stored plan: a generated company in production's own tables."""

import json
import time
from collections import defaultdict
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy import create_engine, text

from services.production.all_tables import TABLES
from services.production.mrp.engine.generated import LEVELS, SHARED_FROM, generated, level_of
from shared.platform_tables import PLATFORM

COMPANY: Final = UUID(int=0xBE7C)
TODAY: Final = date(2026, 1, 5)
Row = tuple[object, ...]


def make_tables(url: str) -> None:
    """Production's tables in an empty database, without their audit triggers."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    metadata = TABLES[0].ItemCopy.metadata
    metadata.create_all(engine)
    PLATFORM.create_all(engine)
    with engine.begin() as connection:  # as the migration has it
        connection.execute(text("ALTER TABLE plan_store ALTER COLUMN body SET STORAGE EXTERNAL"))
    engine.dispose()


def fill(url: str, items: int, buckets: int) -> None:
    """Masters, stock, purchase orders and demands of so many items, by COPY."""
    given = generated(items, buckets, tangled=False)
    lines: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for line in given.lines:
        part = {"component_id": str(key(line.component)), "quantity": str(line.per), "scrap": "0"}
        lines[line.parent].append(part)
    demand = key("demand")
    with psycopg.connect(url) as connection:
        copy(connection, "item_copy (company_id, id, version, active, code, name, name_zh, kind, "
             "stock_unit, decimals, tracking, regulated, lead_time_days, order_minimum, "
             "order_multiple, safety_stock)", [
            (COMPANY, key(one.id), 1, True, one.id, one.id, "",
             "purchased" if level_of(n, items) >= SHARED_FROM else "manufactured", "pcs", 0, "lot",
             False, one.lead_time, one.lot_rule.minimum, one.lot_rule.multiple or 0,
             one.safety_stock)
            for n, one in enumerate(given.items)])  # fmt: skip
        copy(connection, "bom_copy (company_id, id, version, active, item_id, revision, "
             "valid_from, lines)", [
            (COMPANY, key(f"B{parent}"), 1, True, key(parent), "A", TODAY, json.dumps(own))
            for parent, own in lines.items()])  # fmt: skip
        copy(connection, "stock_copy (company_id, id, version, on_hand, usable, reserved, "
             "to_inspect)", [
            (COMPANY, key(one.id), 1, one.on_hand, one.on_hand, 0, 0)
            for one in given.items])  # fmt: skip
        copy(connection, "purchase_line_copy (company_id, id, version, order_id, item_id, "
             "open_quantity, due_on)", [
            (COMPANY, key(f"P{n}"), 1, key(f"P{n}"), key(one.item), one.quantity, day(one.bucket))
            for n, one in enumerate(given.receipts)])  # fmt: skip
        connection.execute(
            "INSERT INTO demand (company_id, id, number, state, version, created_by, created_at) "
            "VALUES (%s, %s, 'BENCH', 'open', 1, 'bench', now())", (COMPANY, demand),
        )  # fmt: skip
        copy(connection, "demand_line (company_id, demand_id, line_id, item_id, quantity, "
             "needed_on)", [
            (COMPANY, demand, key(f"L{n}"), key(one.item), one.quantity, day(one.bucket))
            for n, one in enumerate(given.demands)])  # fmt: skip
        connection.execute("ANALYZE")


def key(name: str) -> UUID:
    """A name of a generated thing as a UUID that sorts as the name does."""
    return UUID(bytes=name.encode().rjust(16, b"\0"))


def day(bucket: int) -> date:
    return TODAY + timedelta(days=bucket)


def copy(connection: psycopg.Connection, target: str, rows: list[Row]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN") as into,  # pyright: ignore[reportArgumentType]
    ):
        for row in rows:
            into.write_row(row)


def planned_from_rows(url: str, items: int, buckets: int) -> dict[str, float]:
    """Seconds of a run in this process, the engine loaded before; and of views on its desk."""
    from services.production.mrp.rules import item_view, trace
    from services.production.plan_desk.queries import ask, warm
    from services.production.plan_process.commands import carry_out

    warm()
    run = UUID(int=time.time_ns())
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO plan_run (company_id, id, kind, state, started_by, started_at, today, "
            "buckets, changes, working, progress, stage, positions, input_hash, plan_hash, engine, "
            "duration_ms, counts, fault, published_by) VALUES (%s, %s, 'regular', 'queued', "
            "'bench', now(), %s, %s, '{}', '', 0, '', '{}', '', '', '', 0, '{}', '{}', '')",
            (COMPANY, run, TODAY, buckets),
        )
    began = time.perf_counter()
    carry_out(url, run)
    found = {"written": time.perf_counter() - began}
    with psycopg.connect(url) as connection:
        state = connection.execute("SELECT state, fault FROM plan_run WHERE id = %s", (run,))
        assert (row := state.fetchone()) is not None
        assert row[0] == "done", row
    ask(url, run, item_view, str(key("G0000000")))
    times: list[float] = []
    for number in range(items * 3 // LEVELS, items * 3 // LEVELS + 20):
        began = time.perf_counter()
        ask(url, run, trace, str(key(f"G{number:07}")), 0, "up")
        times.append((time.perf_counter() - began) * 1000)
    return found | {"trace_ms": sorted(times)[-2]}
