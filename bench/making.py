"""A production order of ten components, from its plan to the goods in stock."""

from functools import partial

from bench.cluster import Cluster
from bench.company import KIT, Company, company, cpu_per_run, reference
from bench.figures import Figure
from bench.selling import confirmed
from demo.story.buying import INSPECTIONS, acting
from demo.story.making import ORDERS
from demo.story.people import Json
from demo.story.selling import ORDERS as SALES_ORDERS

RUNS = 5
DEMANDS = "/api/production/demands"


def production(cluster: Cluster) -> list[Figure]:
    """`production_cpu`: the demand that starts an order stands before the clock does."""
    limit, found = reference(cluster), company(cluster)
    demands = [demanded(found) for _ in range(RUNS + 1)]

    def run() -> None:
        made(found, demands.pop(0))  # the oldest is served first

    cpu, _ = cpu_per_run(cluster, run, RUNS)
    return [Figure("production_cpu", cpu, "ms", limit.cpu_ms, cpu)]


def demanded(found: Company) -> Json:
    """A customer's order of one kit, of which there is none."""
    seller, planner = found["sales"], found["planner"]
    line = {"item_id": found.items[KIT]["id"], "quantity": "1", "price": "50",
            "due_on": "2035-01-01"}  # fmt: skip
    order = seller.post(SALES_ORDERS, {"customer_id": found.customer["id"], "lines": [line]})
    path = f"{SALES_ORDERS}/{order['id']}/actions/submit"
    confirmed(found, seller.post(path, {"version": order["version"]}))
    return planner.until("the demand", partial(planner.seen, f"{DEMANDS}/{order['id']}"))


def made(found: Company, demand: Json) -> None:
    """Planned, released, issued, reported, completed, inspected, released to stock, received."""
    planner, operator, manager = found["planner"], found["operator"], found["quality_manager"]
    path = f"{DEMANDS}/{demand['id']}"
    planner.post(f"{path}/actions/plan", {"version": planner.get(path)["version"]})
    wish = {"demand_id": demand["id"]}
    plan = planner.post("/api/production/planned-orders/actions/release", wish)
    path = f"{ORDERS}/{plan['orders'][0]['id']}"
    order = signed(found, "planner", planner.get(path), "release")
    operator.until("its material", lambda: operator.get(path)["material"] == "held")
    found["warehouse"].post("/api/inventory/issues", {"order_id": order["id"]})
    order = operator.until("the lots", lambda: having(operator.get(path), "issued"))
    done = {"version": order["version"], "good": "1"}
    order = operator.post(f"{path}/actions/report_all", done)
    operator.post(f"{path}/actions/complete", {"version": order["version"]})
    inspected(found, order["id"])
    order = manager.until("the decision", lambda: decided(manager.get(path)))
    signed(found, "quality_manager", order, "release_to_stock")
    manager.until("the receipt", lambda: manager.get(path)["state"] == "closed")


def having(order: Json, material: str) -> Json:
    """The order once its material is so far."""
    return order if order["material"] == material else {}


def decided(order: Json) -> Json:
    """The order once quality has decided."""
    return order if order["accepted"] is not None else {}


def signed(found: Company, role: str, order: Json, verb: str) -> Json:
    """An action that carries its person's signature."""
    person = found[role]
    signature = person.sign("production", order["signature_meaning"], [order])
    body = {"version": order["version"], "signature": signature}
    answer: Json = person.post(f"{ORDERS}/{order['id']}/actions/{verb}", body)
    return answer


def inspected(found: Company, id: str) -> None:
    """The final inspection of the lot."""
    inspector, manager = found["inspector"], found["quality_manager"]

    def opened() -> Json:
        lots = inspector.get(INSPECTIONS, source_id=id, state="planned")["items"]
        return lots[0] if lots else {}

    lot = inspector.until("the inspection lot", opened)
    result = {**acting([lot])[0], "inspected": lot["quantity"], "defects": "0"}
    inspector.post(f"{INSPECTIONS}/actions/record", {"items": [result]})
    waiting = manager.get(INSPECTIONS, source_id=id, state="pending_decision")["items"]
    signature = manager.sign("quality", "inspection decision", waiting)
    decision = {**acting(waiting)[0], "accepted": lot["quantity"]}
    body = {"items": [decision], "signature": signature}
    manager.post(f"{INSPECTIONS}/actions/decide", body)
