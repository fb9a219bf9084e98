"""Returns from production as lists."""

from services.inventory.issue_returns.tables import IssueReturn
from shared.listing import Listing

LISTING = Listing(
    IssueReturn,
    {"state": "in", "order_id": "ref", "issue_id": "ref", "returned_on": "range"},
    sort=("number", "returned_on"),
    search=("number", "order_number"),
)
