"""Orders to cash through the gateway, their confirmation alone, and their list."""

import statistics
import time
from functools import partial
from itertools import product

import psycopg

from bench.cluster import Cluster
from bench.company import DEVICE, Company, company, reference, side_by_side
from bench.figures import Figure
from bench.reference import Measured
from demo.story.people import Json
from demo.story.selling import DELIVERIES, INVOICES, ORDERS, SHIPMENTS

PRICE, LINES = "10", 3
# One by one: so many that the idle second of settling is no part of a document; all clients.
SERIAL_RUNS, DOCUMENTS = 24, 48
SELLERS = ("sales", "finance_manager", "warehouse", "inspector", "finance_clerk")
STEPS = {"pick": "warehouse", "check": "inspector", "dispatch": "warehouse"}
CONFIRMATIONS = 20
PRESENT, PAGE, LOOKS = 20_000, 100, 40


def placed(found: Company) -> Json:
    """An order of three lines, submitted."""
    seller = found["sales"]
    device = found.items[DEVICE]["id"]
    line = {"item_id": device, "quantity": "1", "price": PRICE, "due_on": "2035-01-01"}
    order = seller.post(ORDERS, {"customer_id": found.customer["id"], "lines": [line] * LINES})
    return seller.post(f"{ORDERS}/{order['id']}/actions/submit", {"version": order["version"]})


def confirmed(found: Company, order: Json) -> None:
    """The manager's approval: the saga begins."""
    path = f"{ORDERS}/{order['id']}/actions/approve"
    found["finance_manager"].post(path, {"version": order["version"]})


def order_to_cash(found: Company) -> None:
    """From the order to the customer's money, every asynchronous step waited for."""
    seller, clerk = found["sales"], found["finance_clerk"]
    order = placed(found)
    confirmed(found, order)
    path = f"{ORDERS}/{order['id']}"
    seller.until("allocation", lambda: seller.get(path)["state"] == "allocated")
    delivery = seller.post(DELIVERIES, {"order_id": order["id"]})
    path = f"{SHIPMENTS}/{delivery['id']}"
    keeper = found["warehouse"]
    shipment = keeper.until("the shipment", lambda: keeper.seen(path))
    for verb, role in STEPS.items():
        body = {"version": shipment["version"]}
        shipment = found[role].post(f"{path}/actions/{verb}", body)
    invoice = f"{INVOICES}/{delivery['id']}"
    draft = clerk.until("the invoice", lambda: drafted(clerk.seen(invoice)))
    posted = clerk.post(f"{invoice}/actions/post", {"version": draft["version"]})
    paid = {
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
    limit, found = reference(cluster), company(cluster)
    order_to_cash(found)  # warm
    cluster.settle()
    walls: list[float] = []
    before, sent = cluster.cpu_seconds(), cluster.statements()
    for _ in range(SERIAL_RUNS):
        began = time.monotonic()
        order_to_cash(found)
        walls.append(time.monotonic() - began)
    cluster.settle()
    cpu = (cluster.cpu_seconds() - before) / SERIAL_RUNS * 1000
    statements = (cluster.statements() - sent) / SERIAL_RUNS
    two, eight = (rate_of(cluster, clients) for clients in (2, 8))
    return [
        Figure("o2c_serial", statistics.median(walls) * 1000, "ms", limit.p50 * 1000, cpu),
        Figure("o2c_cpu", cpu, "ms", limit.cpu_ms, cpu),
        Figure("o2c_statements", statements, ""),
        Figure("o2c_8_vs_2", eight, "/s", two),
        hot_command(cluster, found, limit),
    ]


def rate_of(cluster: Cluster, clients: int) -> float:
    """Orders to cash per second with so many clients at once; a conflict ends the part.

    Who sells has signed in before: hashing passwords is slow by intent, and no part of an order.
    """
    crowd = [company(cluster) for _ in range(clients)]
    for found, role in product(crowd, SELLERS):
        found[role].get("/api/identity/me")
    cluster.settle()
    return side_by_side([partial(order_to_cash, found) for found in crowd], DOCUMENTS // clients)


def confirm_next(found: Company, waiting: list[Json]) -> None:
    """Confirm one of the orders that wait for it."""
    confirmed(found, waiting.pop())


def hot_command(cluster: Cluster, found: Company, limit: Measured) -> Figure:
    """Confirmations of orders per second on two connections, and what each sets off in CPU."""
    waiting = [[placed(found) for _ in range(CONFIRMATIONS)] for _ in range(2)]
    works = [partial(confirm_next, found, orders) for orders in waiting]
    cluster.settle()
    before = cluster.cpu_seconds()
    rate = side_by_side(works, CONFIRMATIONS)
    cluster.settle()
    cpu = (cluster.cpu_seconds() - before) / (2 * CONFIRMATIONS) * 1000
    return Figure("hot_command", rate, "/s", limit.rate, cpu)


def lists(cluster: Cluster) -> list[Figure]:
    """`list_orders`: a page of a hundred among twenty thousand."""
    limit, found = reference(cluster), company(cluster)
    many_orders(cluster, placed(found)["id"])
    seller = found["sales"]
    times: list[float] = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        page = seller.get(ORDERS, size=PAGE)
        times.append(time.perf_counter() - began)
        assert len(page["items"]) == PAGE, page["total"]
    p50 = statistics.median(times[5:])
    return [Figure("list_orders", p50 * 1000, "ms", limit.p50 * 1000)]


def many_orders(cluster: Cluster, id: str) -> None:
    """Copies of one order, straight into the table: only reading is measured."""
    with psycopg.connect(cluster.postgres.conninfo("sales"), autocommit=True) as sales:
        sales.execute("SET session_replication_role = replica")
        sales.execute("CREATE TEMP TABLE one AS SELECT * FROM sales_order WHERE id = %s", (id,))
        for number in range(PRESENT):
            sales.execute("UPDATE one SET id = uuidv7(), number = %s", (f"BENCH-{number}",))
            sales.execute("INSERT INTO sales_order SELECT * FROM one")
        sales.execute("VACUUM (ANALYZE) sales_order")  # as autovacuum leaves what grew over months
