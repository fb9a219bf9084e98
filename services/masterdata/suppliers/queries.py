"""Questions about suppliers."""

from services.masterdata.suppliers.tables import Supplier
from shared.listing import Listing

LISTING = Listing(
    Supplier,
    {"active": "flag", "locked": "flag", "currency": "eq"},
    sort=("code", "name"),
    search=("code", "name"),
    counts_by=None,
)
