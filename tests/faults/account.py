"""What the whole stack's accounts say after a siege: one line per disagreement, naming it."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from demo.story.people import People
from deploy.local.reconcile import work
from shared.settings import CONTEXTS
from tests.faults.siege import Siege

PIECES = 3  # of each order
COUNTED = {
    "orders": ("sales", "SELECT count(*) FROM sales_order"),
    "shipments": ("inventory", "SELECT count(*) FROM shipment WHERE state = 'shipped'"),
    "invoices": ("finance", "SELECT count(*) FROM sales_invoice"),
    "receipts": ("finance", "SELECT count(*) FROM receipt"),
}
SHIPPED = "SELECT coalesce(sum(quantity), 0) FROM move WHERE to_bin_id IS NULL"
ON_HAND = "SELECT CAST(item_id AS text), on_hand FROM item_balance"
ADDED_UP = "SELECT CAST(item_id AS text), sum(quantity) FROM lot_stock GROUP BY item_id"
BURIED = "SELECT count(*) FROM dead_letter WHERE state = 'waiting'"
NAMES = ("lost:", "orphan:", "unheard by", "twice in the stream:")


@dataclass(frozen=True)
class Account:
    """Every count is of all orders since the stack began."""

    siege: Siege
    people: People

    def counts(self) -> dict[str, int]:
        """How often an order took effect, wherever it should have."""
        found = {name: self.siege.ask(*where) for name, where in COUNTED.items()}
        return found | {"shipped": self.siege.ask("inventory", SHIPPED)}

    def disagreements(self, done: int, reconciled: str) -> list[str]:
        """Empty when each of the orders done took effect once, everywhere."""
        return [
            *self.miscounted(done),
            *self.misheard(),
            *self.books(),
            *self.chains(),
            *(line for line in reconciled.splitlines() if any(name in line for name in NAMES)),
        ]

    def miscounted(self, done: int) -> Iterator[str]:
        for name, count in self.counts().items():
            due = done * PIECES if name == "shipped" else done
            if count != due:
                yield f"{name}: {count} for {done} orders"

    def misheard(self) -> Iterator[str]:
        """What production adds up of inventory's events against inventory itself."""
        truth = dict(self.siege.rows("inventory", ON_HAND))
        heard = dict(self.siege.rows("production", ADDED_UP))
        for item in sorted(truth.keys() | heard.keys()):
            here, there = heard.get(item, 0), truth.get(item, 0)
            if here != there:
                yield f"production's stock of {item}: {here:f}, in truth {there:f}"

    def books(self) -> Iterator[str]:
        """Balances against ledgers."""
        found = self.people["warehouse"].get("/api/inventory/reconciliation")["differences"]
        yield from (f"stock differs from its ledger: {one}" for one in found)
        books = self.people["finance_manager"].get("/api/finance/reconciliation")
        if not books["reconciled"]:
            yield f"books: {books}"
        proof = self.people["finance_manager"].get("/api/analytics/proof")
        yield from (f"analytics: {one}" for one in proof["differences"])

    def chains(self) -> Iterator[str]:
        """Audit chains and dead letters of every context."""
        for context in CONTEXTS:
            verdict = verified(self.people, context)
            if not verdict["intact"]:
                yield f"audit of {context}: {verdict['finding']}"
            if buried := self.siege.ask(context, BURIED):
                yield f"dead letters of {context}: {buried}"


def verified(people: People, context: str) -> Any:
    """The audit chain's verdict."""
    return people["admin"].get(f"/api/{context}/audit/verification")


def reconcile(siege: Siege, *, repair: bool = False) -> str:
    """What `make reconcile` says."""
    said = io.StringIO()
    with redirect_stdout(said):
        asyncio.run(work(siege.plan, repair=repair, replay=None))
    return said.getvalue()
