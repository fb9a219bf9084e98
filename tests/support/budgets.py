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
    ("analytics", "POST /rebuild"): 11,
    ("finance", "POST /imports/opening"): 25,
    ("finance", "POST /payments/actions/execute"): 30,
    ("finance", "POST /payments/{id}/actions/execute"): 20,
    ("finance", "POST /periods"): 20,
    ("finance", "POST /receipts"): 16,
    ("finance", "POST /sales-invoices/actions/post"): 11,
    ("finance", "POST /sales-invoices/{id}/actions/post"): 14,
    ("finance", "POST /supplier-invoices"): 24,
    ("finance", "POST /supplier-invoices/{id}/actions/resolve"): 23,
    ("finance", "PUT /sales-invoices/{id}"): 10,
    ("finance", "erp.inventory.completion_received.v1"): 19,
    ("finance", "erp.inventory.issue_returned.v1"): 16,
    ("finance", "erp.inventory.shipment_dispatched.v1"): 16,
    ("finance", "erp.inventory.stock_accepted.v1"): 14,
    ("finance", "erp.inventory.stock_issued.v1"): 17,
    ("finance", "erp.inventory.supplier_return_dispatched.v1"): 15,
    ("finance", "erp.masterdata.item_published.v1"): 63,
    ("finance", "erp.masterdata.work_centre_rated.v1"): 26,
    ("finance", "erp.procurement.order_priced.v1"): 25,
    ("finance", "erp.production.lot_released.v1"): 8,
    ("finance", "erp.production.operation_reported.v1"): 10,
    ("inventory", "DELETE /reservations/{id}"): 15,
    ("inventory", "POST /imports/opening"): 12,
    ("inventory", "POST /issue-returns"): 16,
    ("inventory", "POST /issues"): 13,
    ("inventory", "POST /issues/actions/issue"): 13,
    ("inventory", "POST /parts/{id}/actions/block"): 17,
    ("inventory", "POST /parts/{id}/actions/unblock"): 15,
    ("inventory", "POST /put-aways/actions/confirm"): 10,
    ("inventory", "POST /put-aways/{id}/actions/confirm"): 11,
    ("inventory", "POST /shipments/actions/dispatch"): 10,
    ("inventory", "POST /shipments/{id}/actions/dispatch"): 12,
    ("inventory", "PUT /production-receipts/{id}"): 11,
    ("inventory", "erp.procurement.goods_arrived.v1"): 11,
    ("inventory", "erp.quality.inspection_decided.v1"): 14,
    ("masterdata", "POST /boms"): 10,
    ("masterdata", "POST /imports/{kind}"): 18,
    ("masterdata", "POST /suppliers/qualifications"): 10,
    ("masterdata", "PUT /boms/{id}"): 11,
    ("procurement", "POST /arrivals"): 17,
    ("procurement", "POST /arrivals/actions/register"): 31,
    ("procurement", "POST /orders"): 14,
    ("procurement", "POST /orders/actions/approve"): 17,
    ("procurement", "POST /orders/actions/issue"): 29,
    ("procurement", "POST /orders/actions/submit"): 14,
    ("procurement", "POST /orders/{id}/actions/approve"): 13,
    ("procurement", "POST /orders/{id}/actions/approve_finance"): 12,
    ("procurement", "POST /orders/{id}/actions/cancel"): 14,
    ("procurement", "POST /orders/{id}/actions/issue"): 16,
    ("procurement", "POST /orders/{id}/actions/reject"): 12,
    ("procurement", "POST /orders/{id}/actions/submit"): 11,
    ("procurement", "POST /orders/{id}/actions/withdraw"): 12,
    ("procurement", "POST /requisitions/actions/convert"): 11,
    ("procurement", "POST /returns"): 11,
    ("procurement", "PUT /orders/{id}"): 13,
    ("production", "DELETE /demands/{id}"): 14,
    ("production", "POST /demands/{id}/actions/plan"): 14,
    ("production", "POST /orders/actions/release"): 17,
    ("production", "POST /orders/{id}/actions/cancel"): 13,
    ("production", "POST /orders/{id}/actions/complete"): 19,
    ("production", "POST /orders/{id}/actions/release"): 26,
    ("production", "POST /orders/{id}/actions/release_to_stock"): 15,
    ("production", "POST /orders/{id}/actions/report_all"): 14,
    ("production", "POST /orders/{id}/operations/{operation}/reports"): 12,
    ("production", "POST /planned-orders/actions/release"): 12,
    ("quality", "POST /inspections/{id}/actions/decide"): 11,
    ("sales", "PATCH /orders/{id}"): 12,
    ("sales", "POST /deliveries"): 14,
    ("sales", "POST /deliveries/{id}/actions/cancel"): 12,
    ("sales", "POST /orders"): 11,
    ("sales", "POST /orders/actions/approve"): 47,
    ("sales", "POST /orders/actions/submit"): 29,
    ("sales", "POST /orders/{id}/actions/approve"): 21,
    ("sales", "POST /orders/{id}/actions/cancel"): 14,
    ("sales", "POST /orders/{id}/actions/reject"): 12,
    ("sales", "POST /orders/{id}/actions/submit"): 15,
    ("sales", "POST /orders/{id}/actions/withdraw"): 10,
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
