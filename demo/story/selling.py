"""The customer's side: order, approval, delivery, invoice, receipt."""

from datetime import timedelta
from decimal import Decimal

from demo.story.people import Json, People, today
from demo.story.stage import Stage

ORDERS, DELIVERIES = "/api/sales/orders", "/api/sales/deliveries"
SHIPMENTS, INVOICES = "/api/inventory/shipments", "/api/finance/sales-invoices"
PROMISED_DAYS = 60


def order(
    people: People, stage: Stage, customer: str, item: str, quantity: int, price: str
) -> Json:
    """A customer orders; sales submits, finance approves, the order's saga begins."""
    seller = people["sales"]
    buyer = by_code(seller.every("/api/masterdata/customers"), customer)
    wanted = by_code(seller.every("/api/masterdata/items"), item)
    due_on = (today() + timedelta(days=PROMISED_DAYS)).isoformat()
    line = {"item_id": wanted["id"], "quantity": str(quantity), "price": price, "due_on": due_on}
    placed = seller.post(ORDERS, {"customer_id": buyer["id"], "lines": [line]})
    stage.human(
        "sales", f"{buyer['name']} orders {quantity} × {wanted['name']}", [placed["number"]]
    )
    stock = seller.get(f"{ORDERS}/{placed['id']}/availability")
    missing = sum(Decimal(one["missing"]) for one in stock["lines"])
    stage.human("sales", f"checks what can be promised: {missing:f} are missing")
    seller.post(f"{ORDERS}/{placed['id']}/actions/submit", {"version": placed["version"]})
    stage.human("sales", "submits; licence, certificate and credit are in order")
    manager = people["finance_manager"]
    submitted = manager.get(f"{ORDERS}/{placed['id']}")
    manager.post(f"{ORDERS}/{placed['id']}/actions/approve", {"version": submitted["version"]})
    stage.human("finance_manager", "approves the order", [placed["number"]])
    return seller.get(f"{ORDERS}/{placed['id']}")


def deliver(people: People, stage: Stage, order_id: str) -> Json:
    """Picked by one, checked by another, dispatched; returns the shipment with its serials."""
    seller, keeper, checker = people["sales"], people["warehouse"], people["inspector"]
    with stage.waiting("the finished units are reserved for the order"):
        seller.until("the allocation", lambda: seller.get(f"{ORDERS}/{order_id}")["state"]
                     == "allocated")  # fmt: skip
    stage.system("sales", "the order is allocated: its units are reserved by FEFO")
    delivery = seller.post(DELIVERIES, {"order_id": order_id})
    stage.human("sales", "plans the delivery", [delivery["number"]])
    path = f"{SHIPMENTS}/{delivery['id']}"
    with stage.waiting("the warehouse hears of it"):
        keeper.until("the shipment", lambda: keeper.seen(path))
    for person, verb, what in (
        (keeper, "pick", "picks the reserved units"),
        (checker, "check", "checks them, the second pair of eyes"),
        (keeper, "dispatch", "dispatches the shipment"),
    ):
        version = person.get(path)["version"]
        person.post(f"{path}/actions/{verb}", {"version": version})
        stage.human(person.role, what, [delivery["number"]])
    shipment = keeper.get(path)
    serials = [one["serial"] for one in shipment["picks"] if one["serial"]]
    stage.system("inventory", f"the goods have left: serials {', '.join(serials)}")
    return shipment


def invoice(people: People, stage: Stage, delivery_id: str) -> Json:
    """The sales invoice arises by itself; the accountant posts it and books the receipt."""
    clerk = people["finance_clerk"]
    path = f"{INVOICES}/{delivery_id}"
    with stage.waiting("finance hears what was shipped"):
        clerk.until("the draft invoice", lambda: clerk.seen(path).get("state") == "draft")
    draft = clerk.get(path)
    stage.system("finance", "drafts the sales invoice and posts the cost of sales")
    clerk.post(f"{path}/actions/post", {"version": draft["version"]})
    posted = clerk.get(path)
    stage.human("finance_clerk", f"posts the invoice over {posted['gross']} {posted['currency']}",
                [posted["number"]])  # fmt: skip
    receipt = clerk.post("/api/finance/receipts", {
        "customer_id": posted["customer_id"],
        "amount": posted["gross"],
        "currency": posted["currency"],
        "received_on": posted["posted_on"],
        "allocations": [{"invoice_id": posted["id"], "amount": posted["gross"]}],
    })  # fmt: skip
    stage.human("finance_clerk", "books the customer's payment against it", [receipt["number"]])
    return posted


def by_code(records: list[Json], code: str) -> Json:
    return next(one for one in records if one["code"] == code)
