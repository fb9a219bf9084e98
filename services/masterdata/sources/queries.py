"""Questions about sources."""

from services.masterdata.sources.tables import Source
from shared.listing import Listing

LISTING = Listing(
    Source,
    {"item_id": "ref", "supplier_id": "ref", "active": "flag", "assumed": "flag"},
    sort=("rank", "supplier_part_no"),
    search=("supplier_part_no",),
    counts_by=None,
)
