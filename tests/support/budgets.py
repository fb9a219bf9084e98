"""Statement budgets: every service under test is held to them when its test ends well.

A command may send nine statements: six of its slice and three of the platform (who acts and the
key; events and answer; a signature or an approval). A reaction may send seven: six of its slice
and one that says who acts. List forms and `many` reactions have the same budget whatever their
number of rows. What needs more is listed in `RAISED`, and docs/decisions says why.
"""

import json
import os
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from shared.spending import spendings_of

COMMAND: Final = 9
REACTION: Final = 7
RAISED: Final[dict[tuple[str, str], int]] = {
    # Once in a company's life: chart, roles and rules are installed, or all balances are booked.
    ("finance", "POST /imports/opening"): 18,
    ("finance", "POST /periods"): 19,
    # In a foreign currency the day's rate is read.
    ("finance", "POST /receipts"): 10,
    ("finance", "POST /supplier-invoices"): 10,
    # What was learnt posts the facts that waited for it, some five statements each.
    ("finance", "erp.inventory.completion_received.v1"): 15,
    ("finance", "erp.inventory.issue_returned.v1"): 11,
    ("finance", "erp.inventory.shipment_dispatched.v1"): 9,
    ("finance", "erp.inventory.stock_accepted.v1"): 11,
    ("finance", "erp.inventory.stock_issued.v1"): 11,
    ("finance", "erp.inventory.supplier_return_dispatched.v1"): 8,
    ("finance", "erp.masterdata.item_published.v1"): 63,
    ("finance", "erp.masterdata.work_centre_rated.v1"): 24,
    ("finance", "erp.procurement.order_priced.v1"): 20,
    ("finance", "erp.production.lot_released.v1"): 8,
    # Lots chosen instead are looked at, let go and held before they leave (ADR 0016).
    ("inventory", "POST /issues"): 12,
    # A decision that came before its goods is carried out with their arrival.
    ("inventory", "erp.procurement.goods_arrived.v1"): 9,
    ("production", "POST /demands/{id}/actions/plan"): 13,  # reads the company, once per plan
    # One release at a time, and a look at what the other kind of plan let go since.
    ("production", "POST /planned-orders/actions/release"): 11,
}
LOG = "SPENDING_LOG"  # a file to which the counts are appended instead, a line each


def budget_of(context: str, work: str) -> int:
    """Statements that this work may send; `work` is `METHOD /route` or an event's type."""
    usual = COMMAND if " " in work else REACTION
    return RAISED.get((context, work), usual)


def ensure_within_budget(app: FastAPI) -> None:
    """Fails with the statements of the work that sent too many."""
    context: str = app.state.settings.context
    most = spendings_of(app.state.engine).most
    if path := os.environ.get(LOG):
        with Path(path).open("a", encoding="utf-8") as log:
            log.writelines(
                json.dumps([context, work, len(sent)]) + "\n" for work, sent in most.items()
            )
        return
    for work, sent in most.items():
        if len(sent) > (budget := budget_of(context, work)):
            told = "\n".join(" ".join(statement.split())[:160] for statement in sent)
            raise AssertionError(
                f"{context}: {work} sent {len(sent)} of {budget} statements:\n{told}"
            )
