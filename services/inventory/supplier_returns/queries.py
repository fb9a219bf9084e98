"""Returns to suppliers as lists."""

from services.inventory.supplier_returns.tables import SupplierReturn
from shared.listing import Listing

LISTING = Listing(
    SupplierReturn,
    {"state": "in", "supplier_id": "ref", "arrival_id": "ref", "arrival_line_id": "ref"},
    sort=("number", "created_at"),
    search=("number", "reason"),
)
