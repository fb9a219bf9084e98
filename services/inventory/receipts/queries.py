"""Receipts as lists."""

from services.inventory.receipts.tables import ReceiptLine
from shared.listing import Listing

LISTING = Listing(
    ReceiptLine,
    {
        "state": "in",
        "arrival_id": "ref",
        "order_id": "ref",
        "supplier_id": "ref",
        "item_id": "ref",
        "lot_number": "eq",
        "arrived_on": "range",
    },
    sort=("arrived_on", "arrival_number", "lot_number"),
    search=("arrival_number", "order_number", "lot_number"),
)
