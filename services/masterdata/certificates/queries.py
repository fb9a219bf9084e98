"""Questions about certificates."""

from services.masterdata.certificates.tables import Certificate
from shared.listing import Listing

LISTING = Listing(
    Certificate,
    {"valid_to": "range", "active": "flag"},
    sort=("number", "valid_to"),
    search=("number", "holder", "product"),
    counts_by=None,
)
