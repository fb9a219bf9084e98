"""Questions about units."""

from services.masterdata.units.tables import Unit
from shared.listing import Listing

LISTING = Listing(
    Unit, {"active": "flag"}, sort=("code",), search=("code", "name", "name_zh"), counts_by=None
)
