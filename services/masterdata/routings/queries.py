"""Questions about routings."""

from services.masterdata.routings.tables import Routing
from shared.listing import Listing

LISTING = Listing(
    Routing,
    {"item_id": "ref", "revision": "eq", "active": "flag"},
    sort=("valid_from", "revision"),
    search=("revision",),
    counts_by=None,
)
