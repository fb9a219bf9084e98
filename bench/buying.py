"""Procure to pay through the gateway: three lines, ordered, inspected, put away, invoiced, paid."""

from functools import partial
from itertools import count

from bench.cluster import Cluster
from bench.company import PARTS, Company, company, cpu_per_run, reference
from bench.figures import Figure
from demo.story.buying import ARRIVALS, INSPECTIONS, ORDERS, acting
from demo.story.paying import INVOICES, PAYMENTS
from demo.story.people import Json, today

RUNS, LINES, QUANTITY, PRICE, TAX = 5, 3, "5", "2", "0.13"
NUMBERS = count(1)


def purchases(cluster: Cluster) -> list[Figure]:
    """`p2p_cpu`."""
    limit, found = reference(cluster), company(cluster)
    cpu, _ = cpu_per_run(cluster, partial(procure_to_pay, found), RUNS)
    return [Figure("p2p_cpu", cpu, "ms", limit.cpu_ms, cpu)]


def procure_to_pay(found: Company) -> None:
    """From the order to the supplier's money, every asynchronous step waited for."""
    order = ordered(found)
    arrival = received(found, order)
    inspected(found, arrival)
    put_away(found)
    paid(found, order)


def ordered(found: Company) -> Json:
    """An issued order of three lines; its amount asks for one stage of approval."""
    buyer, due_on = found["buyer"], today().isoformat()
    lines = [
        {"item_id": found.items[part]["id"], "quantity": QUANTITY, "price": PRICE,
         "tax_rate": TAX, "due_on": due_on}
        for part in PARTS[:LINES]
    ]  # fmt: skip
    order = buyer.post(ORDERS, {"supplier_id": found.supplier["id"], "lines": lines})
    for role, verb in (("buyer", "submit"), ("purchasing_manager", "approve"), ("buyer", "issue")):
        path = f"{ORDERS}/{order['id']}/actions/{verb}"
        order = found[role].post(path, {"version": order["version"]})
    return order


def received(found: Company, order: Json) -> Json:
    """The whole order arrives."""
    lines = [
        {"order_line_id": line["line_id"], "quantity": QUANTITY, "maker_lot": "M"}
        for line in order["lines"]
    ]
    note = {"order_id": order["id"], "delivery_note": order["number"], "lines": lines}
    arrival: Json = found["warehouse"].post(ARRIVALS, note)
    return arrival


def inspected(found: Company, arrival: Json) -> None:
    """Results by the inspector, one signed decision by the quality manager."""
    inspector, manager = found["inspector"], found["quality_manager"]

    def opened() -> list[Json]:
        path, source = INSPECTIONS, arrival["id"]
        lots: list[Json] = inspector.get(path, source_id=source, state="planned")["items"]
        return lots if len(lots) == LINES else []

    lots = inspector.until("the inspection lots", opened)
    results = [{**one, "inspected": QUANTITY, "defects": "0"} for one in acting(lots)]
    inspector.post(f"{INSPECTIONS}/actions/record", {"items": results})
    waiting = manager.get(INSPECTIONS, source_id=arrival["id"], state="pending_decision")["items"]
    signature = manager.sign("quality", "inspection decision", waiting)
    decisions = [{**one, "accepted": QUANTITY} for one in acting(waiting)]
    body = {"items": decisions, "signature": signature}
    manager.post(f"{INSPECTIONS}/actions/decide", body)


def put_away(found: Company) -> None:
    """Each lot to its bin; the goods of other benches may wait there too."""
    keeper = found["warehouse"]
    bought = {found.items[part]["id"] for part in PARTS[:LINES]}

    def tasks() -> list[Json]:
        waiting: list[Json] = keeper.get("/api/inventory/put-aways", state="open")["items"]
        ours = [one for one in waiting if one["item_id"] in bought]
        return ours if len(ours) >= LINES else []

    todo = keeper.until("put-away tasks", tasks)
    keeper.post("/api/inventory/put-aways/actions/confirm", {"items": acting(todo)})


def paid(found: Company, order: Json) -> None:
    """The supplier's invoice is matched and paid."""
    clerk, manager = found["finance_clerk"], found["finance_manager"]
    lines = [
        {"order_line_id": line["line_id"], "quantity": QUANTITY, "price": PRICE, "tax_rate": TAX}
        for line in order["lines"]
    ]
    supplier = {"supplier_id": order["supplier_id"]}
    terms = {"invoiced_on": order["ordered_on"], "currency": order["currency"]}
    number = {"number": f"BENCH-{next(NUMBERS)}-{order['number']}"}

    def accrued() -> bool:
        lines: list[Json] = clerk.get("/api/finance/accruals")["lines"]
        mine = [one for one in lines if one["order_id"] == order["id"]]
        return len(mine) >= LINES

    clerk.until("the accrual", accrued)
    invoice = clerk.post(INVOICES, supplier | terms | number | {"lines": lines})
    payment = clerk.post(PAYMENTS, supplier | {"invoice_ids": [invoice["id"]]})
    for person, verb in ((manager, "approve"), (clerk, "execute")):
        path = f"{PAYMENTS}/{payment['id']}/actions/{verb}"
        payment = person.post(path, {"version": payment["version"]})
