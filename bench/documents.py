"""Documents through the gateway: orders to cash, stock moves, lists; against the reference."""

import csv
import io
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
from rich.console import Console

from bench.cluster import Cluster, signed_in
from bench.figures import Figure
from bench.raw_moves import raw_moves
from bench.reference import Measured, endpoint
from demo.story.company import set_up
from demo.story.people import Json, People
from demo.story.selling import DELIVERIES, INVOICES, ORDERS, SHIPMENTS, by_code
from demo.story.stage import Stage
from deploy.local.assemble import installed_services

NEEDED = {"masterdata", "inventory", "sales", "finance"}
DEVICE, CUSTOMER, PRICE, LINES = "GLI-STETH", "LH-HOSP", "10", 3
STOCK, LOTS = 1000, 10
SERIAL_RUNS, DOCUMENTS = 6, 24  # one by one; all clients together
STEPS = {"pick": "warehouse", "check": "inspector", "dispatch": "warehouse"}


MEASURED: dict[str, Measured] = {}  # by stack: the reference is measured once per run


def reference(cluster: Cluster) -> Measured:
    """The reference of this run."""
    key = str(cluster.home)
    if key not in MEASURED:
        with endpoint(cluster.fresh_database("bench_reference")) as found:
            MEASURED[key] = found.measure(cluster)
    return MEASURED[key]


def company(cluster: Cluster) -> People:
    """People of the demo company, who have finished goods on the shelf."""
    if missing := sorted(NEEDED - set(installed_services())):
        raise RuntimeError(f"services absent: {', '.join(missing)}")
    people = People(cluster.gateway, dict(cluster.run["users"]))
    marker = cluster.home / "bench-company"
    if not marker.exists():
        set_up(people, Stage(Console(quiet=True)))
        stock(people)
        marker.touch()
    return people


def stock(people: People) -> None:
    """Several lots of the device in released bins, by the public import."""
    keeper = people["warehouse"]
    places = keeper.every("/api/inventory/places")
    code = next(one["code"] for one in places if one["status"] == "released")
    table = io.StringIO()
    writer = csv.writer(table)
    head = "item_code lot_number maker_lot serial usable_until bin_code quantity"
    writer.writerow(head.split())
    for number in range(STOCK):  # counted by serial
        lot = f"B{number % LOTS:03}"
        writer.writerow((DEVICE, lot, "M", f"BENCH{number:05}", "2035-12-31", code, 1))
    path = "/api/inventory/imports/opening"
    keeper.upload(path, "opening.csv", table.getvalue().encode())


def placed(people: People) -> Json:
    """An order of three lines, submitted."""
    seller = people["sales"]
    customer = by_code(seller.every("/api/masterdata/customers"), CUSTOMER)
    device = by_code(seller.every("/api/masterdata/items"), DEVICE)
    line = {"item_id": device["id"], "quantity": "1", "price": PRICE, "due_on": "2035-01-01"}
    order = seller.post(ORDERS, {"customer_id": customer["id"], "lines": [line] * LINES})
    seller.post(f"{ORDERS}/{order['id']}/actions/submit", {"version": order["version"]})
    return seller.get(f"{ORDERS}/{order['id']}")


def approved(people: People, order: Json) -> None:
    path = f"{ORDERS}/{order['id']}/actions/approve"
    people["finance_manager"].post(path, {"version": order["version"]})


def order_to_cash(people: People) -> None:
    """From the order to the customer's money, every asynchronous step waited for."""
    seller, clerk = people["sales"], people["finance_clerk"]
    order = placed(people)
    approved(people, order)
    path = f"{ORDERS}/{order['id']}"
    seller.until("allocation", lambda: seller.get(path)["state"] == "allocated")
    delivery = seller.post(DELIVERIES, {"order_id": order["id"]})
    shipment = f"{SHIPMENTS}/{delivery['id']}"
    for verb, role in STEPS.items():
        person = people[role]
        shown = person.until("the shipment", partial(person.seen, shipment))
        person.post(f"{shipment}/actions/{verb}", {"version": shown["version"]})
    invoice = f"{INVOICES}/{delivery['id']}"
    draft = clerk.until("the invoice", lambda: drafted(clerk.seen(invoice)))
    clerk.post(f"{invoice}/actions/post", {"version": draft["version"]})
    posted = clerk.get(invoice)
    paid: dict[str, Any] = {
        "customer_id": posted["customer_id"],
        "amount": posted["gross"],
        "currency": posted["currency"],
        "received_on": posted["posted_on"],
        "allocations": [{"invoice_id": posted["id"], "amount": posted["gross"]}],
    }
    clerk.post("/api/finance/receipts", paid)


def drafted(invoice: Json) -> Json:
    """The invoice once its goods have left; before that it only waits for the shipment."""
    return invoice if invoice.get("state") == "draft" else {}


def orders(cluster: Cluster) -> list[Figure]:
    """`o2c_serial`, `o2c_cpu`, `o2c_8_vs_2` and `hot_command`."""
    limit, people = reference(cluster), company(cluster)
    order_to_cash(people)  # warm
    cluster.settle()
    walls: list[float] = []
    before = cluster.cpu_seconds()
    for _ in range(SERIAL_RUNS):
        began = time.monotonic()
        order_to_cash(people)
        walls.append(time.monotonic() - began)
    cpu = (cluster.cpu_seconds() - before) / SERIAL_RUNS * 1000
    two, eight = (rate_of(cluster, clients) for clients in (2, 8))
    return [
        Figure("o2c_serial", statistics.median(walls) * 1000, "ms", limit.p50 * 1000, cpu),
        Figure("o2c_cpu", cpu, "ms", limit.cpu_ms, cpu),
        Figure("o2c_8_vs_2", eight, "/s", two),
        hot_command(people, limit),
    ]


def rate_of(cluster: Cluster, clients: int) -> float:
    """Orders to cash per second with so many clients at once; a conflict ends the part."""
    crowd = [company(cluster) for _ in range(clients)]
    return side_by_side([partial(order_to_cash, people) for people in crowd], DOCUMENTS // clients)


def side_by_side(works: Sequence[Callable[[], object]], times: int) -> float:
    """Runs per second of all works together, each repeated so many times in its own thread."""
    faults: list[Exception] = []

    def repeat(work: Callable[[], object]) -> None:
        try:
            for _ in range(times):
                work()
        except Exception as fault:  # noqa: BLE001 - told to the caller below
            faults.append(fault)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return len(works) * times / (time.monotonic() - began)


def confirm_next(people: People, waiting: list[Json]) -> None:
    """Confirm one of the orders that wait for it."""
    approved(people, waiting.pop())


def hot_command(people: People, limit: Measured) -> Figure:
    """Confirmations of orders per second on two connections."""
    waiting = [[placed(people) for _ in range(20)] for _ in range(2)]
    works = [partial(confirm_next, people, orders) for orders in waiting]
    return Figure("hot_command", side_by_side(works, 20), "/s", limit.rate)


def lists(cluster: Cluster) -> list[Figure]:
    """`list_orders`: a page of a hundred among twenty thousand."""
    limit, people = reference(cluster), company(cluster)
    order = placed(people)
    many_orders(cluster, order["id"])
    seller = signed_in(cluster, "sales")
    times: list[float] = []
    for _ in range(40):
        began = time.perf_counter()
        answer = seller.get(ORDERS, params={"size": 100})
        times.append(time.perf_counter() - began)
        answer.raise_for_status()
    p50 = statistics.median(times[5:])
    return [Figure("list_orders", p50 * 1000, "ms", limit.p50 * 1000)]


def many_orders(cluster: Cluster, id: str) -> None:
    """Copies of one order, straight into the table: only reading is measured."""
    with psycopg.connect(cluster.postgres.conninfo("sales"), autocommit=True) as sales:
        sales.execute("SET session_replication_role = replica")
        sales.execute("CREATE TEMP TABLE one AS SELECT * FROM sales_order WHERE id = %s", (id,))
        for number in range(20_000):
            sales.execute("UPDATE one SET id = uuidv7(), number = %s", (f"BENCH-{number}",))
            sales.execute("INSERT INTO sales_order SELECT * FROM one")
        sales.execute("ANALYZE sales_order")


def moves(cluster: Cluster) -> list[Figure]:
    """`move_one_cpu` and `move_100_rate`: to and fro between two bins."""
    limit, people = reference(cluster), company(cluster)
    keeper = people["warehouse"]
    item = by_code(keeper.every("/api/masterdata/items"), DEVICE)
    stood = keeper.every("/api/inventory/stock", item_id=item["id"])
    free = [one for one in stood if one["on_hand"] == "1" and one["reserved"] == "0"]
    parts = [one for one in free if one["bin_id"] == free[0]["bin_id"]][:100]
    places = keeper.every("/api/inventory/places")
    released = (one["id"] for one in places if one["status"] == "released")
    ways = [free[0]["bin_id"], next(id for id in released if id != free[0]["bin_id"])]

    def move(lines: int) -> None:
        for start, end in (ways, ways[::-1]):
            where = {"from_bin_id": start, "to_bin_id": end, "quantity": "1"}
            moved = [{"part_id": part["part_id"]} | where for part in parts[:lines]]
            keeper.post("/api/inventory/moves", {"lines": moved})

    move(1)
    cluster.settle()
    before = cluster.cpu_seconds()
    for _ in range(25):
        move(1)
    cpu = (cluster.cpu_seconds() - before) / 50 * 1000
    began = time.monotonic()
    for _ in range(5):
        move(100)
    rate = 1000 / (time.monotonic() - began)
    return [
        Figure("move_one_cpu", cpu, "ms", limit.cpu_ms, cpu),
        Figure("move_100_rate", rate, "/s", raw_moves(cluster)),
    ]
