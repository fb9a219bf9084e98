"""Story 2: a stethoscope order is given up half-way; everything is undone and the books show it."""

from decimal import Decimal
from functools import partial

from demo.story import buying, making, selling
from demo.story.people import Json, People
from demo.story.stage import Stage

ORDERED, PRICE = 40, "96"
ORDERS = "/api/production/orders"


def play(people: People, stage: Stage) -> None:
    stage.act("Story 2 · 听诊器订单中途取消 · a stethoscope order cancelled half-way")
    before = stock_accounts(people)
    order = selling.order(people, stage, "KD-TRADE", "GLI-STETH", ORDERED, PRICE)
    plan = making.plan(people, stage, order["id"])
    making.release(people, stage, plan["orders"])
    purchases = buying.buy(people, stage, order["id"], plan["purchases"])
    arrived, open_ones = purchases[:-1], purchases[-1:]
    arrivals = buying.receive(people, stage, arrived)
    buying.inspect(people, stage, [one["id"] for one in arrivals])
    buying.put_away(people, stage)
    started = start_one(people, stage, order["id"])
    give_up(people, stage, order["id"])
    undo_making(people, stage, order["id"], started)
    undo_buying(people, stage, open_ones, arrivals)
    compare(people, stage, before)


def start_one(people: People, stage: Stage, demand_id: str) -> Json | None:
    """Work begins on what already has its material."""
    keeper, operator = people["warehouse"], people["operator"]
    with stage.waiting("material is reserved"):
        held = operator.until("material", lambda: [
            one for one in operator.every(ORDERS, demand_id=demand_id)
            if one["material"] == "held"])  # fmt: skip
    issue = keeper.post("/api/inventory/issues", {"order_id": held[0]["id"]})
    stage.human("warehouse", "issues material to the first order", [issue["number"]])
    with stage.waiting("production records it"):
        operator.until("the issue", lambda: operator.get(f"{ORDERS}/{held[0]['id']}")["material"]
                       == "issued")  # fmt: skip
    return held[0]


def give_up(people: People, stage: Stage, order_id: str) -> None:
    seller = people["sales"]
    seen = seller.get(f"{selling.ORDERS}/{order_id}")
    note = "the customer lost the tender 客户投标未中"
    seller.post(
        f"{selling.ORDERS}/{order_id}/actions/cancel", {"version": seen["version"], "note": note}
    )
    stage.human("sales", f"cancels the order: {note}", [seen["number"]])
    with stage.waiting("the saga undoes the demand and the reservation"):
        seller.until("the undoing", lambda: seller.get(f"/api/sales/sagas/{order_id}")["saga"]
                     ["phase"] == "rejected")  # fmt: skip
    stage.system("sales", "the saga has undone the demand and released the reservation")


def undo_making(people: People, stage: Stage, demand_id: str, started: Json) -> None:
    planner, keeper = people["planner"], people["warehouse"]
    order = planner.get(f"{ORDERS}/{started['id']}")
    if order["state"] != "cancelled":
        planner.post(f"{ORDERS}/{order['id']}/actions/cancel", {
            "version": order["version"], "note": "demand cancelled 需求取消"})  # fmt: skip
        stage.human("planner", "cancels the order that had begun", [order["number"]])
    returned = keeper.post("/api/inventory/issue-returns", {"order_id": started["id"]})
    stage.human("warehouse", "takes the issued material back", [returned["number"]])
    with stage.waiting("production closes its orders"):
        planner.until("the cancelled orders", lambda: all(
            one["state"] in ("cancelled", "closed")
            for one in planner.every(ORDERS, demand_id=demand_id)))  # fmt: skip
    stage.system("production", "every order of the demand is cancelled")


def undo_buying(
    people: People, stage: Stage, undelivered: list[Json], arrivals: list[Json]
) -> None:
    buyer, keeper = people["buyer"], people["warehouse"]
    for order in undelivered:
        seen = buyer.get(f"{buying.ORDERS}/{order['id']}")
        buyer.post(f"{buying.ORDERS}/{order['id']}/actions/cancel", {
            "version": seen["version"], "note": "demand cancelled 需求取消"})  # fmt: skip
    stage.human("buyer", "cancels what is not delivered", [one["number"] for one in undelivered])
    sent = [
        buyer.post("/api/procurement/returns", {
            "arrival_line_id": line["line_id"],
            "quantity": line["quantity"],
            "reason": "demand cancelled, returned by agreement 需求取消，协商退货",
        })
        for arrival in arrivals
        for line in arrival["lines"]
    ]  # fmt: skip
    stage.human("buyer", f"agrees the return of {len(sent)} lots", [one["number"] for one in sent])
    for one in sent:
        path = f"/api/inventory/supplier-returns/{one['id']}"
        keeper.until("the return", partial(keeper.seen, path))
        keeper.post(f"{path}/actions/dispatch", {"version": keeper.get(path)["version"]})
    stage.human("warehouse", f"sends {len(sent)} lots back")


def stock_accounts(people: People) -> dict[str, Decimal]:
    """Closing balance by account, debit positive; empty books have none."""
    balance = people["finance_manager"].get("/api/finance/trial-balance")
    return {
        line["account"]: Decimal(line["closing_debit"]) - Decimal(line["closing_credit"])
        for line in balance["lines"]
    }


def compare(people: People, stage: Stage, before: dict[str, Decimal]) -> None:
    """The books end where they began: every entry of this order was reversed."""

    def unchanged() -> bool:
        after = stock_accounts(people)
        return all(
            after.get(account, Decimal(0)) == before.get(account, Decimal(0))
            for account in {*after, *before}
        )

    with stage.waiting("finance reverses what was posted"):
        people["finance_manager"].until("balanced books", unchanged)
    stage.system("finance", "every account is back where it was before this order")
