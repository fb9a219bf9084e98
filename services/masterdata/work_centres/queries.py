"""Questions about work centres."""

from services.masterdata.work_centres.tables import WorkCentre
from shared.listing import Listing

LISTING = Listing(
    WorkCentre, {"active": "flag"}, sort=("code",), search=("code", "name"), counts_by=None
)
