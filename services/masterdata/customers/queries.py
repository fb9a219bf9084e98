"""Questions about customers."""

from services.masterdata.customers.tables import Customer
from shared.listing import Listing

LISTING = Listing(
    Customer,
    {"active": "flag", "kind": "in", "country": "eq"},
    sort=("code", "name"),
    search=("code", "name", "address", "contact"),
    counts_by="kind",
)
