"""Story 1: a hospital orders five ventilators, and the shelves are empty."""

from decimal import Decimal

from demo.story import buying, making, paying, selling
from demo.story.people import Json, People
from demo.story.stage import Stage

ORDERED, PRICE = 5, "39800"
RETURNS = "/api/inventory/supplier-returns"


def play(people: People, stage: Stage) -> Json:
    """Returns the shipment: its first serial is traced in the summary."""
    stage.act("Story 1 · 五台呼吸机 · five ventilators for a hospital")
    order = selling.order(people, stage, "LH-HOSP", "RW-VENT", ORDERED, PRICE)
    plan = making.plan(people, stage, order["id"])
    making.release(people, stage, plan["orders"])
    purchases = buying.buy(people, stage, order["id"], plan["purchases"])
    receive_with_trouble(people, stage, purchases)
    making.make(people, stage, order["id"])
    shipment = selling.deliver(people, stage, order["id"])
    selling.invoice(people, stage, shipment["id"])
    paying.settle(people, stage, purchases)
    return shipment


def receive_with_trouble(people: People, stage: Stage, purchases: list[Json]) -> None:
    """One delivery short, one lot rejected and returned, one accepted by concession."""
    short = max(purchases, key=lambda one: Decimal(one["lines"][0]["quantity"]))
    others = [one for one in purchases if one is not short]
    spoiled, marked = others[0]["lines"][0]["item_id"], others[-1]["lines"][-1]["item_id"]

    def split(lot: Json) -> dict[str, Decimal]:
        share = {"accepted": Decimal(0), "conceded": Decimal(0), "rejected": Decimal(0)}
        kind = "rejected" if lot["item_id"] == spoiled else "accepted"
        kind = "conceded" if lot["item_id"] == marked and marked != spoiled else kind
        return share | {kind: Decimal(lot["quantity"])}

    arrivals = buying.receive(people, stage, purchases, short["supplier_code"])
    buying.inspect(people, stage, [one["id"] for one in arrivals], split)
    send_back(people, stage, arrivals, spoiled)
    buying.put_away(people, stage)
    buyer = people["buyer"]
    late = [buyer.get(f"{buying.ORDERS}/{one['id']}") for one in purchases]
    late = [one for one in late if any(Decimal(line["open_quantity"]) for line in one["lines"])]
    stage.act("The rest arrives 补货到货")
    rest = buying.receive(people, stage, late)
    buying.inspect(people, stage, [one["id"] for one in rest])
    buying.put_away(people, stage)


def send_back(people: People, stage: Stage, arrivals: list[Json], item_id: str) -> None:
    """The rejected lot goes back; the supplier replaces it on the same order."""
    buyer, keeper = people["buyer"], people["warehouse"]
    arrived = [(one, line) for one in arrivals for line in one["lines"]]
    line = next(line for _, line in arrived if line["item_id"] == item_id)
    receipt = f"/api/inventory/receipts/{line['line_id']}"
    with stage.waiting("the lot stands in the rejected zone"):
        keeper.until(
            "the rejection", lambda: Decimal(keeper.seen(receipt).get("rejected", "0")) > 0
        )
    sent = buyer.post("/api/procurement/returns", {
        "arrival_line_id": line["line_id"],
        "quantity": line["quantity"],
        "reason": "rejected at incoming inspection 来料检验不合格",
        "replace": True,
    })  # fmt: skip
    stage.human("buyer", "returns the rejected lot and asks for replacement", [sent["number"]])
    path = f"{RETURNS}/{sent['id']}"
    with stage.waiting("the warehouse hears of the return"):
        keeper.until("the return", lambda: keeper.seen(path))
    keeper.post(f"{path}/actions/dispatch", {"version": keeper.get(path)["version"]})
    stage.human("warehouse", "sends the lot back to the supplier", [sent["number"]])
    with stage.waiting("procurement hears that it left"):
        closed = f"/api/procurement/returns/{sent['id']}"
        buyer.until("the return's end", lambda: buyer.get(closed)["state"] == "closed")
