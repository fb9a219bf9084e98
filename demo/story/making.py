"""The shop floor: released orders, issued lots, reported operations, signed release to stock."""

from collections.abc import Callable
from decimal import Decimal

from demo.story.buying import acting, inspect
from demo.story.people import Json, People
from demo.story.stage import Stage

ORDERS = "/api/production/orders"
ROUNDS_MAX = 20


def plan(people: People, stage: Stage, demand_id: str) -> Json:
    """Net requirements over all levels, and their release."""
    planner = people["planner"]

    def heard() -> Json:
        found = [one for one in planner.every("/api/production/demands") if one["id"] == demand_id]
        return found[0] if found else None

    with stage.waiting("the shortage reaches production"):
        demand = planner.until("the demand", heard)
    stage.system("sales", "the order's saga raises a demand in production", [demand["number"]])
    planner.post(
        f"/api/production/demands/{demand_id}/actions/plan", {"version": demand["version"]}
    )
    planned = planner.every("/api/production/planned-orders", demand_id=demand_id)
    bought = sum(one["kind"] == "buy" for one in planned)
    levels = 1 + max(one["level"] for one in planned)
    stage.human(
        "planner", f"plans {levels} levels: {bought} to buy, {len(planned) - bought} to make"
    )
    released = planner.post(
        "/api/production/planned-orders/actions/release", {"demand_id": demand_id}
    )
    stage.human("planner", "releases the plan", [one["number"] for one in released["orders"]])
    return released


def release(people: People, stage: Stage, orders: list[Json]) -> None:
    """The production orders go to the shop under one signature."""
    planner = people["planner"]
    seen = [planner.get(f"{ORDERS}/{one['id']}") for one in orders]
    signature = planner.sign("production", seen[0]["signature_meaning"], seen)
    planner.post(f"{ORDERS}/actions/release", {"items": acting(seen), "signature": signature})
    stage.human("planner", f"releases {len(seen)} production orders with one signature",
                [one["number"] for one in seen])  # fmt: skip


def make(people: People, stage: Stage, demand_id: str) -> None:
    """Bottom up until everything is in stock: what holds its material is made, round by round."""
    operator = people["operator"]
    for number in range(1, ROUNDS_MAX + 1):

        def ready() -> list[Json]:
            orders = operator.every(ORDERS, demand_id=demand_id)
            if all(one["state"] in ("closed", "cancelled") for one in orders):
                return [None]
            return [one for one in orders if one["material"] == "held"]

        with stage.waiting("material is reserved, level by level"):
            held = operator.until("material for the next level", ready)
        if held == [None]:
            stage.system("production", "all production orders are closed")
            return
        make_level(people, stage, number, [one["id"] for one in held])


def make_level(people: People, stage: Stage, number: int, ids: list[str]) -> None:
    keeper, operator, manager = people["warehouse"], people["operator"], people["quality_manager"]
    issues = keeper.post("/api/inventory/issues/actions/issue", {"order_ids": ids})["items"]
    lots = sum(len(one["lines"]) for one in issues)
    stage.human("warehouse", f"round {number}: issues {lots} lots to {len(ids)} orders",
                [one["number"] for one in issues])  # fmt: skip
    with stage.waiting("production records the issued lots"):
        operator.until("the issued lots", lambda: all(
            one["material"] == "issued" for one in orders_of(operator.get, ids)))  # fmt: skip
    for order in orders_of(operator.get, ids):
        good = {"version": order["version"], "good": order["quantity"]}
        operator.post(f"{ORDERS}/{order['id']}/actions/report_all", good)
    stage.human("operator", f"reports every operation of {len(ids)} orders")
    done = orders_of(operator.get, ids)
    operator.post(f"{ORDERS}/actions/complete", {"items": acting(done)})
    done = orders_of(operator.get, ids)
    stage.human("operator", "completes the lots", [one["lot_number"] for one in done])
    inspect(people, stage, ids)
    with stage.waiting("production hears the decision"):
        manager.until("the decision", lambda: all(
            one["accepted"] is not None for one in orders_of(manager.get, ids)))  # fmt: skip
    made = orders_of(manager.get, ids)
    signature = manager.sign("production", made[0]["signature_meaning"], made)
    body = {"items": acting(made), "signature": signature}
    manager.post(f"{ORDERS}/actions/release_to_stock", body)
    total = sum(Decimal(one["good"]) for one in made)
    stage.human("quality_manager", f"releases {total:f} pieces to stock with one signature",
                [one["number"] for one in made])  # fmt: skip
    with stage.waiting("inventory receives what was released"):
        manager.until("the receipt", lambda: all(
            one["state"] == "closed" for one in orders_of(manager.get, ids)))  # fmt: skip
    stage.system("inventory", "receives the lots; the next level finds its material")


def orders_of(look: Callable[[str], Json], ids: list[str]) -> list[Json]:
    return [look(f"{ORDERS}/{id}") for id in ids]
