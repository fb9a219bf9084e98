"""Questions about open items."""

from services.finance.open_items.tables import OpenItem
from shared.listing import Listing

LISTING = Listing(
    OpenItem,
    {"kind": "in", "partner_id": "ref", "currency": "eq", "due_on": "range"},
    sort=("due_on", "posted_on", "number"),
    search=("number",),
    counts_by="kind",
)
