"""Questions about items."""

from services.masterdata.items.tables import Item
from shared.listing import Listing

LISTING = Listing(
    Item,
    {"kind": "in", "tracking": "eq", "storage_class": "in", "active": "flag", "regulated": "flag"},
    sort=("code", "name"),
    search=("code", "name", "name_zh", "spec"),
    counts_by="kind",
)
