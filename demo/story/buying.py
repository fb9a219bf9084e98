"""From requisitions to stock: sourcing, approval, arrival, inspection, put-away."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from demo.story.people import Json, People
from demo.story.stage import Stage

ORDERS, ARRIVALS = "/api/procurement/orders", "/api/procurement/arrivals"
INSPECTIONS = "/api/quality/inspections"
TWO_SOURCES = "TE-1-1123722-2"  # a connector with two sources at one price
SHELF_DAYS = 900  # printed on what has a shelf life
Split = Callable[[Json], dict[str, Decimal]]


def acting(documents: list[Json]) -> list[Json]:
    """The documents as a batch names them."""
    return [{"id": one["id"], "version": one["version"]} for one in documents]


def buy(people: People, stage: Stage, demand_id: str, wanted: int) -> list[Json]:
    """Turn the demand's requisitions into issued purchase orders, one per best source."""
    buyer = people["buyer"]

    def raised() -> list[Json]:
        found = buyer.every("/api/procurement/requisitions", demand_id=demand_id)
        return found if len(found) >= wanted else []

    with stage.waiting("procurement raises requisitions"):
        requisitions = buyer.until("the requisitions", raised)
    stage.system(
        "procurement", f"raises {wanted} requisitions", [one["number"] for one in requisitions]
    )
    overrides = second_source(people, stage, requisitions)
    converted = buyer.post(
        "/api/procurement/requisitions/actions/convert",
        {"ids": [r["id"] for r in requisitions], "overrides": overrides},
    )
    assert not converted["unsourced"], converted["unsourced"]
    drafts = converted["orders"]
    stage.human("buyer", f"converts them at the best sources: {len(drafts)} orders",
                [one["number"] for one in drafts])  # fmt: skip
    buyer.post(f"{ORDERS}/actions/submit", {"items": acting(drafts)})
    stage.human("buyer", "submits the orders for approval")
    approve(people, stage, [one["id"] for one in drafts])
    orders = [buyer.get(f"{ORDERS}/{one['id']}") for one in drafts]
    buyer.post(f"{ORDERS}/actions/issue", {"items": acting(orders)})
    stage.human("buyer", "issues the orders to their suppliers", [o["number"] for o in orders])
    return [buyer.get(f"{ORDERS}/{one['id']}") for one in orders]


def second_source(people: People, stage: Stage, requisitions: list[Json]) -> list[Json]:
    """The buyer overrides one proposal: the second source of a connector is kept alive."""
    buyer = people["buyer"]
    for one in (r for r in requisitions if r["item_code"] == TWO_SOURCES):
        ranked = buyer.get(f"/api/procurement/requisitions/{one['id']}/sources")
        other = [source for source in ranked if source["eligible"]][-1]
        stage.human("buyer", f"overrides the proposal for {TWO_SOURCES}: {other['supplier_name']}",
                    [one["number"]])  # fmt: skip
        reason = "keep the second source alive 保持第二货源"
        return [{"requisition_id": one["id"], "source_id": other["source_id"], "reason": reason}]
    return []


def approve(people: People, stage: Stage, ids: list[str]) -> None:
    """Purchasing first, then finance where the amount asks for it."""
    for role, verb, what in (
        ("purchasing_manager", "approve", "approves"),
        ("finance_manager", "approve_finance", "approves, as the second stage,"),
    ):
        person = people[role]
        waiting = {one["document_id"] for one in person.get("/api/procurement/approvals")}
        mine = [person.get(f"{ORDERS}/{id}") for id in ids if id in waiting]
        if mine:
            person.post(f"{ORDERS}/actions/{verb}", {"items": acting(mine)})
            stage.human(role, f"{what} {len(mine)} purchase orders", [o["number"] for o in mine])


def receive(
    people: People, stage: Stage, orders: list[Json], short: str | None = None
) -> list[Json]:
    """The suppliers deliver; the order of supplier `short` comes with half of its first line."""
    keeper = people["warehouse"]
    lives = {item["id"] for item in people["planner"].every("/api/masterdata/items")
             if item["shelf_life_days"]}  # fmt: skip
    notes = [arrival_of(order, lives, short=order["supplier_code"] == short) for order in orders]
    arrivals: list[Json] = keeper.post(f"{ARRIVALS}/actions/register", {"arrivals": notes})["items"]
    lines = sum(len(one["lines"]) for one in arrivals)
    said = f"; {short} delivers short" if short else ""
    stage.human("warehouse", f"counts in {len(arrivals)} arrivals, {lines} lots{said}",
                [one["number"] for one in arrivals])  # fmt: skip
    return arrivals


def arrival_of(order: Json, lives: set[str], *, short: bool) -> Json:
    until = (date.fromisoformat(order["ordered_on"]) + timedelta(days=SHELF_DAYS)).isoformat()
    lines: list[Any] = []
    for place, line in enumerate(one for one in order["lines"] if Decimal(one["open_quantity"])):
        quantity = Decimal(line["open_quantity"])
        halved = max(quantity // 2, Decimal(1)) if short and place == 0 else quantity
        lines.append({
            "order_line_id": line["line_id"],
            "quantity": str(halved),
            "maker_lot": f"{order['supplier_code']}-{line['item_code']}"[:100],
            **({"usable_until": until} if line["item_id"] in lives else {}),
        })  # fmt: skip
    return {"order_id": order["id"], "delivery_note": f"DN-{order['number']}", "lines": lines}


def inspect(people: People, stage: Stage, sources: list[str], split: Split | None = None) -> None:
    """Results by the inspector, then the signed decision by the quality manager.

    `split` says how a lot is decided: accepted, conceded, rejected quantities; None accepts all.
    """
    inspector, manager = people["inspector"], people["quality_manager"]
    wanted = set(sources)

    def opened() -> list[Json]:
        lots = [one for one in inspector.every(INSPECTIONS, state="planned")
                if one["source_id"] in wanted]  # fmt: skip
        return lots if wanted <= {one["source_id"] for one in lots} else []

    with stage.waiting("quality opens inspection lots"):
        lots = inspector.until("the inspection lots", opened)
    stage.system("quality", f"opens {len(lots)} inspection lots", [one["number"] for one in lots])
    results = [
        {"id": lot["id"], "version": lot["version"], "inspected": lot["quantity"],
         "defects": str(split(lot)["rejected"] if split else 0)}
        for lot in lots
    ]  # fmt: skip
    inspector.post(f"{INSPECTIONS}/actions/record", {"items": results})
    stage.human("inspector", f"records the results of {len(lots)} lots")
    recorded = [one for one in manager.every(INSPECTIONS, state="pending_decision")
                if one["source_id"] in wanted]  # fmt: skip
    decide(people, stage, recorded, split)


def decide(people: People, stage: Stage, lots: list[Json], split: Split | None) -> None:
    manager = people["quality_manager"]
    signature = manager.sign("quality", "inspection decision", lots)
    items: list[Any] = []
    for lot in lots:
        quantities = split(lot) if split else {"accepted": Decimal(lot["quantity"])}
        item = {"id": lot["id"], "version": lot["version"]}
        items.append(item | {name: str(value) for name, value in quantities.items()})
    for item in items:
        if Decimal(item.get("conceded", "0")) or Decimal(item.get("rejected", "0")):
            item["reason"] = "surface marks 表面划痕"
    manager.post(f"{INSPECTIONS}/actions/decide", {"items": items, "signature": signature})
    other = [i for i in items if Decimal(i.get("conceded", "0")) or Decimal(i.get("rejected", "0"))]
    said = f", {len(other)} not plainly accepted" if other else ""
    stage.human("quality_manager", f"decides {len(items)} lots with one signature{said}")


def put_away(people: People, stage: Stage) -> None:
    keeper = people["warehouse"]
    tasks = keeper.until(
        "put-away tasks", lambda: keeper.every("/api/inventory/put-aways", state="open")
    )
    keeper.post("/api/inventory/put-aways/actions/confirm", {"items": acting(tasks)})
    stage.human("warehouse", f"puts {len(tasks)} lots away at the suggested bins")
