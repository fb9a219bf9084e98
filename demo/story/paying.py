"""The suppliers' side: invoices matched three ways, one held and resolved, payments."""

from decimal import Decimal
from typing import Any

from demo.story.buying import acting
from demo.story.people import Json, People
from demo.story.stage import Stage

INVOICES, PAYMENTS = "/api/finance/supplier-invoices", "/api/finance/payments"
DEARER = Decimal("1.08")  # what one supplier puts on its first line


def settle(people: People, stage: Stage, orders: list[Json]) -> None:
    """Record, match, resolve, pay: what was accepted of these orders."""
    recorded = record(people, stage, orders)
    held = [one for one in recorded if one["state"] == "held"]
    for one in held:
        resolve(people, stage, one)
    pay(people, stage, sorted({order["supplier_id"] for order in orders}))
    review(people, stage)


def record(people: People, stage: Stage, orders: list[Json]) -> list[Json]:
    clerk = people["finance_clerk"]
    recorded: list[Any] = []
    for place, order in enumerate(orders):
        fresh = clerk.get(f"/api/procurement/orders/{order['id']}")
        lines = [
            {
                "order_line_id": line["line_id"],
                "quantity": line["quantity"],
                "price": dearer(line["price"]) if place == 0 and number == 0 else line["price"],
                "tax_rate": line["tax_rate"],
            }
            for number, line in enumerate(fresh["lines"])
        ]
        recorded.append(clerk.post(INVOICES, {
            "supplier_id": order["supplier_id"],
            "number": f"INV-{order['number']}",
            "invoiced_on": order["ordered_on"],
            "currency": order["currency"],
            "lines": lines,
        }))  # fmt: skip
    matched = sum(one["state"] != "held" for one in recorded)
    stage.human("finance_clerk", f"records {len(recorded)} supplier invoices",
                [one["number"] for one in recorded])  # fmt: skip
    stage.system("finance", f"matches them three ways: {matched} agree, "
                 f"{len(recorded) - matched} held")  # fmt: skip
    return recorded


def dearer(price: str) -> str:
    return str((Decimal(price) * DEARER + 1).quantize(Decimal("0.0001")))


def resolve(people: People, stage: Stage, held: Json) -> None:
    manager = people["finance_manager"]
    seen = manager.get(f"{INVOICES}/{held['id']}")
    why = seen["differences"][0]["text_en"]
    manager.post(f"{INVOICES}/{held['id']}/actions/resolve", {
        "version": seen["version"],
        "decision": "accept",
        "note": "price increase agreed with the buyer 涨价已与采购确认",
    })  # fmt: skip
    stage.human("finance_manager", f"accepts the difference: {why}", [held["number"]])


def pay(people: People, stage: Stage, suppliers: list[str]) -> None:
    clerk, manager = people["finance_clerk"], people["finance_manager"]
    payments: list[Any] = []
    for supplier in suppliers:
        open_ones = clerk.every(INVOICES, supplier_id=supplier, state="posted,partially_paid")
        if open_ones:
            body = {"supplier_id": supplier, "invoice_ids": [one["id"] for one in open_ones]}
            payments.append(clerk.post(PAYMENTS, body))
    numbers = [one["number"] for one in payments]
    stage.human("finance_clerk", f"proposes {len(payments)} payments", numbers)
    manager.post(f"{PAYMENTS}/actions/approve", {"items": acting(payments)})
    stage.human("finance_manager", "approves the payments", numbers)
    approved = [clerk.get(f"{PAYMENTS}/{one['id']}") for one in payments]
    clerk.post(f"{PAYMENTS}/actions/execute", {"items": acting(approved)})
    stage.human("finance_clerk", "executes the payments", numbers)


def review(people: People, stage: Stage) -> None:
    """A second person looks at the vouchers that the events posted."""
    manager = people["finance_manager"]
    own = f"user:{manager.get('/api/identity/me')['id']}"
    found = manager.every("/api/finance/vouchers", state="posted")
    waiting = [one for one in found if one["created_by"] != own]  # nobody reviews their own
    for first in range(0, len(waiting), 500):
        manager.post(
            "/api/finance/vouchers/actions/review", {"items": acting(waiting[first : first + 500])}
        )
    stage.human("finance_manager", f"reviews {len(waiting)} vouchers")
